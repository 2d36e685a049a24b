locals {
  rds    = var.database_engine == "postgres" ? 1 : 0
  aurora = var.database_engine == "aurora" ? 1 : 0

  database_name = "framelake"

  # Told from the snapshots of earlier stacks of this name by the time at which the database was made.
  final_snapshot = "${local.name}-final-${formatdate("YYYYMMDDhhmmss", timestamp())}"

  database = {
    host = one(concat(aws_db_instance.main[*].address, aws_rds_cluster.main[*].endpoint))
    port = one(concat(aws_db_instance.main[*].port, aws_rds_cluster.main[*].port))
    name = local.database_name
  }

  database_logs = {
    for log in local.rds == 1 ? ["postgresql", "upgrade"] : ["postgresql"] :
    log => "/aws/rds/${local.rds == 1 ? "instance" : "cluster"}/${local.name}/${log}"
  }

  # For rows that come by COPY in one transaction, and for building HNSW indexes in memory: an eighth of it, in KiB.
  database_parameters = {
    "rds.force_ssl"                       = { value = "1", apply = "immediate" }
    "log_min_duration_statement"          = { value = "2000", apply = "immediate" }
    "log_connections"                     = { value = "1", apply = "immediate" }
    "log_disconnections"                  = { value = "1", apply = "immediate" }
    "maintenance_work_mem"                = { value = "{DBInstanceClassMemory/8192}", apply = "immediate" }
    "idle_in_transaction_session_timeout" = { value = "300000", apply = "immediate" }
  }

  rds_parameters = merge(local.database_parameters, {
    # MB: few checkpoints while a video's rows come in, but no more than an eighth of the disk.
    "max_wal_size"       = { value = tostring(min(8192, var.database_storage_gib * 128)), apply = "immediate" }
    "checkpoint_timeout" = { value = "900", apply = "immediate" }
  })
}

resource "aws_db_subnet_group" "main" {
  name_prefix = "${local.name}-"
  description = "Private subnets"
  subnet_ids  = local.private_subnet_ids
}

resource "aws_db_parameter_group" "main" {
  count = local.rds

  name_prefix = "${local.name}-"
  family      = "postgres16"
  description = "Forced TLS, bulk load, HNSW"

  dynamic "parameter" {
    for_each = local.rds_parameters

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.apply
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_db_instance" "main" {
  count = local.rds

  identifier     = local.name
  engine         = "postgres"
  engine_version = var.database_version
  instance_class = var.database_instance_class

  allocated_storage     = var.database_storage_gib
  max_allocated_storage = 10 * var.database_storage_gib
  storage_type          = "gp3"
  storage_encrypted     = true

  db_name                     = local.database_name
  username                    = "framelake"
  manage_master_user_password = true

  db_subnet_group_name   = aws_db_subnet_group.main.name
  parameter_group_name   = aws_db_parameter_group.main[0].name
  vpc_security_group_ids = [aws_security_group.part["database"].id]
  publicly_accessible    = false
  multi_az               = var.database_multi_az
  ca_cert_identifier     = "rds-ca-rsa2048-g1"

  backup_retention_period    = var.database_backup_days
  copy_tags_to_snapshot      = true
  delete_automated_backups   = !var.database_final_snapshot
  deletion_protection        = var.deletion_protection
  skip_final_snapshot        = !var.database_final_snapshot
  final_snapshot_identifier  = local.final_snapshot
  auto_minor_version_upgrade = true

  performance_insights_enabled    = true
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports = keys(local.database_logs)

  depends_on = [aws_cloudwatch_log_group.database]

  lifecycle {
    ignore_changes = [final_snapshot_identifier]
  }
}

resource "aws_rds_cluster_parameter_group" "main" {
  count = local.aurora

  name_prefix = "${local.name}-"
  family      = "aurora-postgresql16"
  description = "Forced TLS, bulk load, HNSW"

  dynamic "parameter" {
    for_each = local.database_parameters

    content {
      name         = parameter.key
      value        = parameter.value.value
      apply_method = parameter.value.apply
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_rds_cluster" "main" {
  count = local.aurora

  cluster_identifier = local.name
  engine             = "aurora-postgresql"
  engine_version     = var.database_version
  storage_encrypted  = true

  database_name               = local.database_name
  master_username             = "framelake"
  manage_master_user_password = true

  db_subnet_group_name            = aws_db_subnet_group.main.name
  db_cluster_parameter_group_name = aws_rds_cluster_parameter_group.main[0].name
  vpc_security_group_ids          = [aws_security_group.part["database"].id]

  backup_retention_period         = var.database_backup_days
  copy_tags_to_snapshot           = true
  deletion_protection             = var.deletion_protection
  delete_automated_backups        = !var.database_final_snapshot
  skip_final_snapshot             = !var.database_final_snapshot
  final_snapshot_identifier       = local.final_snapshot
  enabled_cloudwatch_logs_exports = keys(local.database_logs)

  depends_on = [aws_cloudwatch_log_group.database]

  lifecycle {
    ignore_changes = [final_snapshot_identifier]
  }
}

resource "aws_rds_cluster_instance" "main" {
  count = local.aurora * (var.database_multi_az ? 2 : 1)

  identifier                   = "${local.name}-${count.index}"
  cluster_identifier           = aws_rds_cluster.main[0].id
  engine                       = aws_rds_cluster.main[0].engine
  engine_version               = aws_rds_cluster.main[0].engine_version
  instance_class               = var.database_instance_class
  publicly_accessible          = false
  ca_cert_identifier           = "rds-ca-rsa2048-g1"
  auto_minor_version_upgrade   = true
  performance_insights_enabled = true
  monitoring_interval          = 60
  monitoring_role_arn          = aws_iam_role.monitoring.arn
}

resource "aws_iam_role" "monitoring" {
  name               = "${local.name}-database-monitoring"
  assume_role_policy = data.aws_iam_policy_document.assume["monitoring.rds"].json
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "${local.arn_prefix}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
