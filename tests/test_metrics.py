from graphapi import metrics


def test_a_counted_move_is_exposed_with_its_labels() -> None:
    metrics.JOB_MOVES.labels(kind="generation", state="FAILED").inc()
    text, content_type = metrics.exposition()
    assert b'graphapi_job_moves_total{kind="generation",state="FAILED"}' in text
    assert content_type.startswith("text/plain")
