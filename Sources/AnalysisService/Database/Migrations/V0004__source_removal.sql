-- Videos whose object was removed from its bucket, and runs that make no progress.

-- When the service learned that the object is gone; null while it is there.
ALTER TABLE apps_db_video ADD COLUMN source_deleted_at timestamptz;

-- The last removal of each key that is known, with or without a video: an upload's event that is older and comes later
-- must not bring the video back.
CREATE TABLE apps_db_sourceremoval (
    s3_bucket text NOT NULL,
    s3_key text NOT NULL,
    s3_sequencer text NOT NULL,
    removed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT sourceremoval_pkey PRIMARY KEY (s3_bucket, s3_key)
);

-- When the progress last grew, or the attempt began. Null in runs that ended before this column was there.
ALTER TABLE apps_db_videoanalysis ADD COLUMN progressed_at timestamptz;
