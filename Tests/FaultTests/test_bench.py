"""The comparison that every cell rests on sees what a broken promise would look like."""

import pytest


@pytest.mark.parametrize(
    "damage",
    [
        "INSERT INTO apps_db_event (video_id, analysis_id, frame_number, timestamp, track_id, class_id, class_name, "
        "confidence, bbox, interpolated) SELECT video_id, analysis_id, frame_number, timestamp, track_id, class_id, "
        "class_name, confidence, bbox, interpolated FROM apps_db_event LIMIT 1",
        "DELETE FROM frame_embeddings WHERE frame_number = (SELECT min(frame_number) FROM frame_embeddings)",
        "UPDATE apps_db_displaydata SET image = image || '\\x00' WHERE image IS NOT NULL",
        "UPDATE apps_db_videoanalysis SET status = 'FAILED', progress = 99, error_code = 'internal_error', "
        "completed_at = NULL",
    ],
    ids=["a row twice", "a row too few", "another picture", "a failed run"],
)
def test_damage_is_seen(damage, bench, clean):
    bench.upload()
    bench.start_service()
    assert bench.drain_until_empty() == 0, bench.logs()
    bench.expect_stored_once(clean)
    bench.query(damage)
    with pytest.raises(AssertionError):
        bench.expect_stored_once(clean)
