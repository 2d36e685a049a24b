-- Videos, their analyses and what the analyses found. The names are the ones that developers' queries use.

-- pgvector 0.8 brought iterative index scans, without which a filtered search of an index loses rows.
DO $$
DECLARE
    available text := (SELECT default_version FROM pg_available_extensions WHERE name = 'vector');
    installed text;
BEGIN
    IF available IS NULL THEN
        RAISE EXCEPTION 'the PostgreSQL extension pgvector is not installed on the database server'
            USING ERRCODE = 'feature_not_supported',
                HINT = 'Install pgvector 0.8 or newer on the server; Amazon RDS has it from 13.17, 14.14, 15.9, 16.5 and 17.1 on';
    END IF;
    CREATE EXTENSION IF NOT EXISTS vector;
    installed := (SELECT extversion FROM pg_extension WHERE extname = 'vector');
    IF string_to_array(substring(installed FROM '^\d+\.\d+'), '.')::int[] < ARRAY[0, 8] THEN
        RAISE EXCEPTION 'pgvector % is too old: version 0.8 or newer is needed', installed
            USING ERRCODE = 'feature_not_supported',
                HINT = format('The server offers %s: run ALTER EXTENSION vector UPDATE', available);
    END IF;
END
$$;

CREATE TABLE apps_db_video (
    video_id text CONSTRAINT video_pkey PRIMARY KEY,
    title text NOT NULL,
    s3_bucket text NOT NULL,
    s3_key text NOT NULL,
    -- The object that the stored rows were made from; of a video that has none yet, the object that was claimed.
    s3_version_id text,
    s3_etag text,
    s3_sequencer text,
    file_size bigint,
    duration double precision,
    width integer,
    height integer,
    fps double precision,
    codec text,
    container text,
    rotation integer,
    has_audio boolean,
    status text NOT NULL DEFAULT 'PENDING',
    -- The analysis whose rows are stored.
    current_analysis_id bigint,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT video_object_is_unique UNIQUE (s3_bucket, s3_key),
    CONSTRAINT video_id_is_not_empty CHECK (video_id <> ''),
    CONSTRAINT video_status_is_known
        CHECK (status IN ('UPLOADING', 'PENDING', 'PROCESSING', 'COMPLETED', 'FAILED')),
    CONSTRAINT video_size_is_not_negative CHECK (file_size >= 0),
    CONSTRAINT video_duration_is_not_negative CHECK (duration >= 0 AND duration < 'Infinity'),
    CONSTRAINT video_frame_has_pixels CHECK (width > 0 AND height > 0),
    CONSTRAINT video_rotation_is_an_angle CHECK (rotation BETWEEN 0 AND 359),
    -- Readers are told COMPLETED exactly when there is something to read.
    CONSTRAINT video_completed_has_an_analysis CHECK (status <> 'COMPLETED' OR current_analysis_id IS NOT NULL)
);
CREATE INDEX video_newest_first ON apps_db_video (created_at DESC, video_id DESC);

CREATE TABLE apps_db_videoanalysis (
    analysis_id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT videoanalysis_pkey PRIMARY KEY,
    video_id text NOT NULL
        CONSTRAINT videoanalysis_video_fkey REFERENCES apps_db_video ON UPDATE CASCADE ON DELETE CASCADE,
    status text NOT NULL DEFAULT 'PENDING',
    progress integer NOT NULL DEFAULT 0,
    -- Counts from 1 how often the run was taken up; a writer of an older attempt is kept out.
    attempt integer NOT NULL DEFAULT 0,
    lease_owner text,
    lease_expires_at timestamptz,
    fingerprint text NOT NULL,
    -- The object that this run analyses.
    s3_version_id text,
    s3_etag text NOT NULL,
    s3_sequencer text,
    file_size bigint NOT NULL,
    forced boolean NOT NULL DEFAULT false,
    frames_decoded bigint,
    frames_analysed bigint,
    -- Rows stored in each table.
    events bigint,
    tracks bigint,
    depth_data bigint,
    display_data bigint,
    frame_embeddings bigint,
    object_embeddings bigint,
    error_code text,
    error_message text,
    started_at timestamptz,
    completed_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT videoanalysis_of_its_video_is_unique UNIQUE (video_id, analysis_id),
    CONSTRAINT videoanalysis_status_is_known CHECK (status IN ('PENDING', 'PROCESSING', 'COMPLETED', 'FAILED')),
    CONSTRAINT videoanalysis_progress_is_a_percentage CHECK (progress BETWEEN 0 AND 100),
    CONSTRAINT videoanalysis_is_done_when_completed
        CHECK (status <> 'COMPLETED' OR (progress = 100 AND completed_at IS NOT NULL)),
    CONSTRAINT videoanalysis_is_not_done_before CHECK (status = 'COMPLETED' OR progress < 100),
    CONSTRAINT videoanalysis_processing_has_a_lease
        CHECK (status <> 'PROCESSING' OR (lease_owner IS NOT NULL AND lease_expires_at IS NOT NULL)),
    CONSTRAINT videoanalysis_failed_has_a_code CHECK (status <> 'FAILED' OR error_code IS NOT NULL)
);
CREATE INDEX videoanalysis_status ON apps_db_videoanalysis (status, analysis_id DESC);

ALTER TABLE apps_db_video
    ADD CONSTRAINT video_current_analysis_fkey FOREIGN KEY (video_id, current_analysis_id)
        REFERENCES apps_db_videoanalysis (video_id, analysis_id) ON UPDATE CASCADE;

-- Each row below names its video and its analysis. One foreign key over both cascades from the analysis, and so from
-- the video, and cannot name an analysis of another video.

CREATE TABLE apps_db_event (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT event_pkey PRIMARY KEY,
    video_id text NOT NULL,
    analysis_id bigint NOT NULL,
    frame_number bigint NOT NULL,
    "timestamp" double precision NOT NULL,
    track_id integer,
    class_id integer NOT NULL,
    class_name text NOT NULL,
    confidence real NOT NULL,
    bbox real[] NOT NULL,
    interpolated boolean NOT NULL,
    CONSTRAINT event_analysis_fkey FOREIGN KEY (video_id, analysis_id)
        REFERENCES apps_db_videoanalysis (video_id, analysis_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT event_frame_is_not_negative CHECK (frame_number >= 0),
    CONSTRAINT event_track_is_positive CHECK (track_id > 0),
    CONSTRAINT event_confidence_is_a_fraction CHECK (confidence BETWEEN 0 AND 1),
    CONSTRAINT event_bbox_is_a_box CHECK (cardinality(bbox) = 4 AND bbox[1] <= bbox[3] AND bbox[2] <= bbox[4])
);
CREATE INDEX event_video_frame ON apps_db_event (video_id, frame_number, id);
CREATE INDEX event_video_track ON apps_db_event (video_id, track_id, frame_number) WHERE track_id IS NOT NULL;
CREATE INDEX event_class_video_time ON apps_db_event (class_name, video_id, "timestamp");

CREATE TABLE apps_db_track (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT track_pkey PRIMARY KEY,
    video_id text NOT NULL,
    analysis_id bigint NOT NULL,
    track_id integer NOT NULL,
    class_id integer NOT NULL,
    class_name text NOT NULL,
    first_frame bigint NOT NULL,
    last_frame bigint NOT NULL,
    first_timestamp double precision NOT NULL,
    last_timestamp double precision NOT NULL,
    detections integer NOT NULL,
    confidence real NOT NULL,
    -- [[frame, timestamp, x, y], ...]: where the object's foot point was.
    path jsonb NOT NULL,
    CONSTRAINT track_analysis_fkey FOREIGN KEY (video_id, analysis_id)
        REFERENCES apps_db_videoanalysis (video_id, analysis_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT track_is_unique_in_its_video UNIQUE (video_id, track_id),
    CONSTRAINT track_id_is_positive CHECK (track_id > 0),
    CONSTRAINT track_frames_are_in_order CHECK (first_frame >= 0 AND first_frame <= last_frame),
    CONSTRAINT track_timestamps_are_in_order CHECK (first_timestamp <= last_timestamp),
    CONSTRAINT track_has_detections CHECK (detections > 0),
    CONSTRAINT track_confidence_is_a_fraction CHECK (confidence BETWEEN 0 AND 1)
);
CREATE INDEX track_class_video_time ON apps_db_track (class_name, video_id, first_timestamp);

CREATE TABLE apps_db_depthdata (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT depthdata_pkey PRIMARY KEY,
    video_id text NOT NULL,
    analysis_id bigint NOT NULL,
    frame_number bigint NOT NULL,
    "timestamp" double precision NOT NULL,
    -- Null: the whole frame.
    track_id integer,
    bbox real[],
    area double precision NOT NULL,
    avg_depth real NOT NULL,
    min_depth real NOT NULL,
    max_depth real NOT NULL,
    depth_variance real NOT NULL,
    unit text NOT NULL,
    estimator text NOT NULL,
    -- A 16-bit PNG, in rows of whole frames.
    depth_map bytea,
    CONSTRAINT depthdata_analysis_fkey FOREIGN KEY (video_id, analysis_id)
        REFERENCES apps_db_videoanalysis (video_id, analysis_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT depthdata_frame_is_not_negative CHECK (frame_number >= 0),
    CONSTRAINT depthdata_track_is_positive CHECK (track_id > 0),
    CONSTRAINT depthdata_bbox_is_a_box
        CHECK (cardinality(bbox) = 4 AND bbox[1] <= bbox[3] AND bbox[2] <= bbox[4]),
    CONSTRAINT depthdata_area_is_not_negative CHECK (area >= 0),
    CONSTRAINT depthdata_range_is_in_order CHECK (min_depth <= max_depth),
    CONSTRAINT depthdata_variance_is_not_negative CHECK (depth_variance >= 0),
    CONSTRAINT depthdata_unit_is_known CHECK (unit IN ('metres', 'relative'))
);
CREATE INDEX depthdata_video_frame ON apps_db_depthdata (video_id, frame_number, id);
CREATE INDEX depthdata_video_track ON apps_db_depthdata (video_id, track_id, frame_number) WHERE track_id IS NOT NULL;

CREATE TABLE apps_db_displaydata (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT displaydata_pkey PRIMARY KEY,
    video_id text NOT NULL,
    analysis_id bigint NOT NULL,
    -- Null: the item speaks for the whole video.
    frame_number bigint,
    "timestamp" double precision,
    kind text NOT NULL,
    original_width integer NOT NULL,
    original_height integer NOT NULL,
    display_width integer NOT NULL,
    display_height integer NOT NULL,
    width_ratio double precision NOT NULL,
    height_ratio double precision NOT NULL,
    overlay jsonb NOT NULL,
    image bytea,
    media_type text,
    CONSTRAINT displaydata_analysis_fkey FOREIGN KEY (video_id, analysis_id)
        REFERENCES apps_db_videoanalysis (video_id, analysis_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT displaydata_frame_is_not_negative CHECK (frame_number >= 0),
    CONSTRAINT displaydata_kind_is_known CHECK (kind IN ('frame', 'heatmap', 'trajectories', 'timeline')),
    CONSTRAINT displaydata_sizes_are_positive
        CHECK (original_width > 0 AND original_height > 0 AND display_width > 0 AND display_height > 0),
    CONSTRAINT displaydata_ratios_are_positive CHECK (width_ratio > 0 AND height_ratio > 0),
    CONSTRAINT displaydata_image_has_a_media_type CHECK ((image IS NULL) = (media_type IS NULL))
);
CREATE INDEX displaydata_video_kind ON apps_db_displaydata (video_id, kind, id);

-- Vectors stay in their row up to 8 kB (they would be moved out from 2 kB, a 512-d one already): an exact search reads
-- them without a detour. The HNSW indexes are made by the service when it first stores vectors of a model.

CREATE TABLE frame_embeddings (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT frame_embeddings_pkey PRIMARY KEY,
    video_id text NOT NULL,
    analysis_id bigint NOT NULL,
    frame_number bigint NOT NULL,
    "timestamp" double precision NOT NULL,
    model text NOT NULL,
    embedding vector NOT NULL,
    CONSTRAINT frame_embeddings_analysis_fkey FOREIGN KEY (video_id, analysis_id)
        REFERENCES apps_db_videoanalysis (video_id, analysis_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT frame_embeddings_are_unique UNIQUE (video_id, frame_number, model),
    CONSTRAINT frame_embeddings_frame_is_not_negative CHECK (frame_number >= 0)
) WITH (toast_tuple_target = 8160);
CREATE INDEX frame_embeddings_model_video_time ON frame_embeddings (model, video_id, "timestamp");

CREATE TABLE object_embeddings (
    id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT object_embeddings_pkey PRIMARY KEY,
    video_id text NOT NULL,
    analysis_id bigint NOT NULL,
    track_id integer NOT NULL,
    frame_number bigint NOT NULL,
    "timestamp" double precision NOT NULL,
    class_name text NOT NULL,
    bbox real[] NOT NULL,
    model text NOT NULL,
    embedding vector NOT NULL,
    CONSTRAINT object_embeddings_analysis_fkey FOREIGN KEY (video_id, analysis_id)
        REFERENCES apps_db_videoanalysis (video_id, analysis_id) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT object_embeddings_are_unique UNIQUE (video_id, track_id, model, frame_number),
    CONSTRAINT object_embeddings_track_is_positive CHECK (track_id > 0),
    CONSTRAINT object_embeddings_frame_is_not_negative CHECK (frame_number >= 0),
    CONSTRAINT object_embeddings_bbox_is_a_box
        CHECK (cardinality(bbox) = 4 AND bbox[1] <= bbox[3] AND bbox[2] <= bbox[4])
) WITH (toast_tuple_target = 8160);
CREATE INDEX object_embeddings_model_class ON object_embeddings (model, class_name);
