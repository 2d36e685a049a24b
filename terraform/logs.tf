locals {
  log_groups = {
    job     = "/${local.name}/batch-processor"
    service = "/${local.name}/analysis-service"
    trigger = "/aws/lambda/${local.trigger_name}"
  }
}

resource "aws_cloudwatch_log_group" "part" {
  for_each = local.log_groups

  name              = each.value
  retention_in_days = var.log_retention_days
}

# RDS would make these itself, and keep them for ever.
resource "aws_cloudwatch_log_group" "database" {
  for_each = local.database_logs

  name              = each.value
  retention_in_days = var.log_retention_days
}

resource "aws_cloudwatch_log_group" "flow_log" {
  count = var.vpc_id == null ? 1 : 0

  name              = "/${local.name}/rejected-traffic"
  retention_in_days = var.log_retention_days
}
