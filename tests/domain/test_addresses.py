"""Which addresses of strangers look right, and which of them are public."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphapi.domain.addresses import (
    BadAddress,
    check_public_address,
    check_web_address,
    is_public,
)

PUBLIC = [
    "1.1.1.1",
    "93.184.215.14",
    "172.32.0.1",
    "2606:4700:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::8.8.8.8",
]
NOT_PUBLIC = [
    "0.0.0.0",
    "10.1.2.3",
    "100.64.0.1",  # shared by carriers
    "127.0.0.1",
    "127.8.8.8",
    "169.254.169.254",  # where clouds keep credentials
    "172.16.0.1",
    "172.31.255.255",
    "192.0.2.1",  # documentation
    "192.168.1.1",
    "198.18.0.1",  # benchmarks
    "224.0.0.1",  # multicast
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::8.8.8.8",  # a network's own translation
    "2002:7f00:1::",  # 127.0.0.1 by 6to4
    "2002:808:808::",
    "2001::1",  # Teredo
    "2001:db8::1",  # documentation
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "5f00::1",
    "",
    "example.com",
    "2130706433",
    "0x7f.1",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_any_other_is_not(address: str) -> None:
    assert not is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_in_disguise_is_judged_by_what_it_is(inner: ipaddress.IPv4Address) -> None:
    for prefix in ("::ffff:", "64:ff9b::"):
        assert is_public(f"{prefix}{inner}") is is_public(str(inner))


@given(st.ip_addresses())
def test_nothing_that_python_calls_private_is_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    special = (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )
    embedding = isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped is not None or address in ipaddress.IPv6Network("64:ff9b::/96")
    )
    if special and not embedding:
        assert not is_public(str(address))


OF_THE_WEB = [
    "https://stills.example/mask.png?a=1&b=2#c",
    "http://stills.example:8080/",
    "HTTPS://STILLS.EXAMPLE",
    "https://xn--mnchen-3ya.example/%C3%A4",
    "https://münchen.example/ä.png",
    "https://93.184.215.14/a.png",
    "https://[2606:4700:4700::1111]/a.png",
    "https://local.stills.example/",
    "https://homer.example/",
]
NOT_OF_THE_WEB = [
    "",
    "mask.png",
    "//stills.example/mask.png",
    "ftp://stills.example/mask.png",
    "file:///etc/passwd",
    "javascript:alert(1)",
    "https://",
    "https:///mask.png",
    "https://stills.example:0/",
    "https://stills.example:99999/",
    "https://stills.example:no/",
    "https://[::1/",
    "https://stills.example/a b",
    "https://stills.example/a\tb",
    "https://stills.example\\@10.0.0.1/",
    "https://ann:secret@stills.example/",
    "https://ann@stills.example/",
    "https://@stills.example/",
]
PRIVATE = [
    "http://localhost/",
    "http://LocalHost:8000/",
    "http://db.localhost/",
    "http://minio/bucket/a.png",
    "http://printer.local/",
    "http://printer.local./",
    "http://metadata.google.internal/",
    "http://nas.lan/",
    "http://router.home.arpa/",
    "http://127.0.0.1/",
    "http://10.0.0.5:8080/",
    "http://169.254.169.254/latest",
    "http://[::1]/",
    "http://[fd00::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://127.0.0.1./",
    "http://127\uff0e0\uff0e0\uff0e1/",
    "http://localhost\u3002/",
]
DATA = ["data:image/png;base64,iVBORw0KGgo=", "DATA:audio/x-wav;base64,UklGRg=="]
NOT_DATA = [
    "data:",
    "data:,",
    "data:image/png,raw",
    "data:image/png;base64",
    "data:image/png;base64,",
    "data:image/png;base64,*",
    "data:;base64,AAAA",
    "data:text/html;charset=utf-8;base64,AAAA",
]


@pytest.mark.parametrize("address", [*OF_THE_WEB, *DATA])
def test_what_a_provider_can_fetch_is_taken(address: str) -> None:
    check_public_address(address)


@pytest.mark.parametrize("address", [*OF_THE_WEB, *PRIVATE])
def test_the_look_of_an_address_does_not_tell_where_it_leads(address: str) -> None:
    check_web_address(address)


@pytest.mark.parametrize("address", NOT_OF_THE_WEB)
def test_what_is_no_address_of_the_web_is_not_taken(address: str) -> None:
    for check in (check_web_address, check_public_address):
        with pytest.raises(BadAddress) as bad:
            check(address)
        assert str(bad.value).endswith(".")
        assert "secret" not in str(bad.value)


@pytest.mark.parametrize("address", PRIVATE)
def test_what_leads_to_a_private_network_is_not_taken(address: str) -> None:
    with pytest.raises(BadAddress, match="private network"):
        check_public_address(address)


@pytest.mark.parametrize("address", NOT_DATA)
def test_a_data_uri_that_cannot_be_read_is_not_taken(address: str) -> None:
    with pytest.raises(BadAddress, match="data URI"):
        check_public_address(address)


@given(st.text())
def test_any_text_is_taken_or_refused_in_words(address: str) -> None:
    said = "taken"
    try:
        check_public_address(address)
    except BadAddress as bad:
        said = str(bad)
    assert said
