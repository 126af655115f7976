import typer
from typer.testing import CliRunner

from graphapi.cli.console import Console
from graphapi.errors import ConfigurationError


def _app(failure: Exception) -> typer.Typer:
    app = typer.Typer(cls=Console, pretty_exceptions_enable=False)

    @app.callback()
    def group() -> None:
        pass

    @app.command()
    def start() -> None:
        raise failure

    return app


def test_a_wrong_setting_ends_with_its_sentence_and_no_stack_trace() -> None:
    ended = CliRunner().invoke(_app(ConfigurationError("GRAPHAPI_PORT: choose another.")), "start")
    assert ended.exit_code == 2
    assert ended.stderr == "GRAPHAPI_PORT: choose another.\n"
    assert ended.stdout == ""


def test_a_defect_is_not_dressed_up() -> None:
    ended = CliRunner().invoke(_app(ZeroDivisionError("a defect")), "start")
    assert isinstance(ended.exception, ZeroDivisionError)
