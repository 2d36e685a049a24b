resource "aws_ecs_cluster" "main" {
  name = local.name

  setting {
    name  = "containerInsights"
    value = var.container_insights ? "enabled" : "disabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "main" {
  cluster_name       = aws_ecs_cluster.main.name
  capacity_providers = concat(["FARGATE", "FARGATE_SPOT"], aws_ecs_capacity_provider.gpu[*].name)
}

resource "aws_iam_role" "service" {
  name               = "${local.name}-service"
  assume_role_policy = data.aws_iam_policy_document.assume["ecs-tasks"].json
}

# Reads videos, the models that are named, and the database's secret; everything it writes goes to the database.
data "aws_iam_policy_document" "service" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.raw.arn]
  }

  statement {
    actions   = ["s3:GetObject", "s3:GetObjectVersion"]
    resources = ["${aws_s3_bucket.raw.arn}/*"]
  }

  dynamic "statement" {
    for_each = length(local.model_objects) > 0 ? [local.model_objects] : []

    content {
      actions   = ["s3:GetObject"]
      resources = statement.value
    }
  }

  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [local.database_secret_arn]
  }
}

resource "aws_iam_role_policy" "service" {
  name   = "analyse"
  role   = aws_iam_role.service.id
  policy = data.aws_iam_policy_document.service.json
}

locals {
  service_environment = merge(var.service_environment, local.models, {
    DATABASE_HOST           = local.database.host
    DATABASE_NAME           = local.database.name
    DATABASE_PORT           = tostring(local.database.port)
    DB_SECRET_ARN           = local.database_secret_arn
    DELETE_WITH_SOURCE      = tostring(var.delete_with_source)
    LOG_FORMAT              = "json"
    MAX_CONCURRENT_ANALYSES = tostring(var.analyses_per_task)
    PORT                    = tostring(var.service_port)
    S3_BUCKET_RAW           = aws_s3_bucket.raw.id
    WORK_DIR                = "/work"
  })

  capacity_provider = local.gpu ? aws_ecs_capacity_provider.gpu[0].name : upper(var.service_capacity)
}

resource "aws_ecs_task_definition" "service" {
  family                   = "${local.name}-service"
  requires_compatibilities = [local.gpu ? "EC2" : "FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.service_cpu
  memory                   = var.service_memory
  execution_role_arn       = aws_iam_role.execution["service"].arn
  task_role_arn            = aws_iam_role.service.arn

  runtime_platform {
    cpu_architecture        = "X86_64"
    operating_system_family = "LINUX"
  }

  # On EC2 the volume lies on the instance's own disk, which has this size.
  dynamic "ephemeral_storage" {
    for_each = local.gpu ? [] : [var.service_storage_gib]

    content {
      size_in_gib = ephemeral_storage.value
    }
  }

  volume {
    name = "work"
  }

  container_definitions = jsonencode([merge({
    name                   = "analysis-service"
    image                  = local.images["analysis-service"]
    command                = ["serve"]
    essential              = true
    readonlyRootFilesystem = true
    # SIGTERM, then this long until SIGKILL: what runs is finished or released before.
    stopTimeout  = 30
    portMappings = [{ containerPort = var.service_port, hostPort = var.service_port, protocol = "tcp" }]
    mountPoints  = [{ sourceVolume = "work", containerPath = "/work", readOnly = false }]
    environment  = [for name in sort(keys(local.service_environment)) : { name = name, value = local.service_environment[name] }]
    secrets      = [{ name = "INTERNAL_TOKEN", valueFrom = aws_secretsmanager_secret.internal_token.arn }]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.part["service"].name
        awslogs-region        = var.region
        awslogs-stream-prefix = "service"
      }
    }
  }, local.gpu ? { resourceRequirements = [{ type = "GPU", value = "1" }] } : {})])
}

resource "aws_ecs_service" "service" {
  name                               = "analysis-service"
  cluster                            = aws_ecs_cluster.main.id
  task_definition                    = aws_ecs_task_definition.service.arn
  desired_count                      = var.service_min_tasks
  platform_version                   = local.gpu ? null : "LATEST"
  health_check_grace_period_seconds  = 60
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  propagate_tags                     = "SERVICE"
  # Lets another capacity provider take over in place; nothing is deployed anew without a change.
  force_new_deployment = true

  capacity_provider_strategy {
    capacity_provider = local.capacity_provider
    weight            = 1
  }

  network_configuration {
    subnets          = local.task_subnet_ids
    security_groups  = [aws_security_group.part["service"].id]
    assign_public_ip = var.public_task_addresses
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.service.arn
    container_name   = "analysis-service"
    container_port   = var.service_port
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  depends_on = [
    aws_ecs_cluster_capacity_providers.main, aws_lb_listener.service, aws_iam_role_policy.service,
    aws_iam_role_policy.execution,
  ]

  lifecycle {
    # Autoscaling moves it.
    ignore_changes = [desired_count]
  }
}
