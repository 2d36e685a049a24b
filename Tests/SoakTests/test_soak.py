"""A short soak, and that the judgements of the long one see what they are for. scripts/soak runs the long one."""

import pytest
from soak import Report, check_rows, clean_rows, many
from watch import growth

DAMAGE = {
    "a row twice": "INSERT INTO apps_db_track (video_id, analysis_id, track_id, class_id, class_name, first_frame, "
    "last_frame, first_timestamp, last_timestamp, detections, confidence, path) SELECT video_id, analysis_id, 9999, "
    "class_id, class_name, first_frame, last_frame, first_timestamp, last_timestamp, detections, confidence, path "
    "FROM apps_db_track LIMIT 1",
    "a row too few": "DELETE FROM frame_embeddings WHERE id = (SELECT max(id) FROM frame_embeddings)",
    "another picture": "UPDATE apps_db_displaydata SET image = image || '\\x00' WHERE id = "
    "(SELECT max(id) FROM apps_db_displaydata WHERE image IS NOT NULL)",
    "a failed run": "UPDATE apps_db_videoanalysis SET status = 'FAILED', progress = 99, error_code = 'internal_error' "
    "WHERE analysis_id = (SELECT max(analysis_id) FROM apps_db_videoanalysis)",
    "a video too few": "DELETE FROM apps_db_video WHERE video_id = (SELECT max(video_id) FROM apps_db_video)",
}


def test_a_short_soak_holds_and_damage_is_seen(tmp_path, programs, postgresql, emulator, shorts, bench):
    some = dict(list(shorts.items())[:4])
    clean = clean_rows(tmp_path, programs, postgresql, emulator, some)
    bench.start()
    report = Report()
    expected = many(bench, some, clean, 16, report)
    assert not report.broken, bench.logs()
    bench.expect_nothing_left()
    for what, damage in DAMAGE.items():
        copy = f"{bench.name}_damaged"
        postgresql.query(f"CREATE DATABASE {copy} TEMPLATE {bench.name}")
        try:
            postgresql.query(damage, copy)
            report = Report()
            check_rows(lambda sql, seconds: postgresql.query(sql, copy, seconds), expected, report)
            assert report.broken, what
        finally:
            postgresql.query(f"DROP DATABASE {copy}")


@pytest.mark.parametrize("unit", ["MB", ""])
@pytest.mark.parametrize(
    ("samples", "is_flat"),
    [
        ([100.0] * 400, True),
        ([40.0] * 50 + [100.0] * 350, True),
        ([100 + index % 3 for index in range(400)], True),
        ([100 + 0.12 * index for index in range(400)], False),
        ([100.0] * 300 + [108.0] * 100, False),
    ],
    ids=["the same", "a start", "a little up and down", "a leak", "a step at the end"],
)
def test_growth_is_seen(samples, is_flat, unit):
    report = Report()
    report.growths([growth("what", unit, list(enumerate(samples)))])
    assert bool(report.broken) != is_flat
