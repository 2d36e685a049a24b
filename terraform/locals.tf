data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  name       = "${var.project}-${var.environment}"
  account    = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  raw_bucket = coalesce(var.raw_bucket_name, "${local.name}-raw-${local.account}")

  vpc_id             = var.vpc_id == null ? aws_vpc.main[0].id : var.vpc_id
  private_subnet_ids = var.vpc_id == null ? [for subnet in aws_subnet.private : subnet.id] : var.private_subnet_ids

  arn_prefix = "arn:${local.partition}"
}
