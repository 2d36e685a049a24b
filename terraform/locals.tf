data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  name       = "${var.project}-${var.environment}"
  account    = data.aws_caller_identity.current.account_id
  arn_prefix = "arn:${data.aws_partition.current.partition}"

  default_tags = merge({ Project = var.project, Environment = var.environment, ManagedBy = "terraform" }, var.tags)
}
