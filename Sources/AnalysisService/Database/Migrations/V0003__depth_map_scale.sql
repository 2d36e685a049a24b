-- What a pixel of the map is multiplied by to be a depth in the row's unit; 0 stays unknown. Null without a map.
ALTER TABLE apps_db_depthdata ADD COLUMN depth_map_scale double precision;

-- The maps so far are in centimetres.
UPDATE apps_db_depthdata SET depth_map_scale = 0.01 WHERE depth_map IS NOT NULL;

ALTER TABLE apps_db_depthdata
    ADD CONSTRAINT depthdata_scale_goes_with_the_map
        CHECK ((depth_map IS NULL) = (depth_map_scale IS NULL) AND depth_map_scale > 0);
