# What the batch job and the service know each other by. Write-only: the value is neither in the plan nor in the state.
resource "aws_secretsmanager_secret" "internal_token" {
  name_prefix             = "${local.name}-internal-token-"
  description             = "X-Internal-Token between batch-processor and analysis-service"
  recovery_window_in_days = var.deletion_protection ? 7 : 0
}

resource "aws_secretsmanager_secret_version" "internal_token" {
  secret_id                = aws_secretsmanager_secret.internal_token.id
  secret_string_wo         = sha256("${uuid()}${uuid()}")
  secret_string_wo_version = var.internal_token_version
}

locals {
  # Aurora and RDS make and rotate the master secret themselves; it holds user and password.
  database_secret_arn = one(concat(
    aws_db_instance.main[*].master_user_secret[0].secret_arn,
    aws_rds_cluster.main[*].master_user_secret[0].secret_arn,
  ))
}
