-- The video at a glance: its key frames on one picture.

ALTER TABLE apps_db_displaydata
    DROP CONSTRAINT displaydata_kind_is_known,
    ADD CONSTRAINT displaydata_kind_is_known
        CHECK (kind IN ('frame', 'heatmap', 'trajectories', 'timeline', 'contact_sheet'));
