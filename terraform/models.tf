# Model files that the operator supplies, by s3:// URI or by a path inside an image of one's own. Without any the
# service works with what is built in.
locals {
  models = { for name, value in {
    DETECTOR        = var.detector
    DETECTOR_MODEL  = var.detector_model
    DEPTH_MODEL     = var.depth_model
    EMBEDDING_MODEL = length(var.embedding_models) > 0 ? join(",", var.embedding_models) : null
  } : name => value if value != null }

  # bucket/key of each
  model_keys = [
    for uri in concat(compact([var.detector_model, var.depth_model]), var.embedding_models) : trimprefix(uri, "s3://")
    if startswith(uri, "s3://")
  ]

  # A manifest names its network by a path relative to itself: its folder is read. Beside a network that is named itself
  # a manifest of the same name is looked for.
  model_objects = distinct(flatten([
    for key in local.model_keys : [
      for object in endswith(key, ".json") ? ["${dirname(key)}/*"] : [key, "${trimsuffix(key, ".onnx")}.json"] :
      "${local.arn_prefix}:s3:::${object}"
    ]
  ]))
}
