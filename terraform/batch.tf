resource "aws_batch_compute_environment" "main" {
  compute_environment_name_prefix = "${local.name}-"
  type                            = "MANAGED"

  compute_resources {
    type               = var.batch_spot ? "FARGATE_SPOT" : "FARGATE"
    max_vcpus          = var.batch_max_vcpus
    subnets            = local.task_subnet_ids
    security_group_ids = [aws_security_group.part["job"].id]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_batch_job_queue" "main" {
  name     = local.name
  state    = "ENABLED"
  priority = 1

  compute_environment_order {
    order               = 1
    compute_environment = aws_batch_compute_environment.main.arn
  }
}

resource "aws_iam_role" "job" {
  name               = "${local.name}-job"
  assume_role_policy = data.aws_iam_policy_document.assume["ecs-tasks"].json
}

# The job carries messages; it may read the bucket, and writes nothing but the queue's receipts. It passes DB_SECRET_ARN
# by, and may not read that secret.
data "aws_iam_policy_document" "job" {
  statement {
    actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.main.arn]
  }

  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.raw.arn]
  }

  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.raw.arn}/*"]
  }
}

resource "aws_iam_role_policy" "job" {
  name   = "drain"
  role   = aws_iam_role.job.id
  policy = data.aws_iam_policy_document.job.json
}

locals {
  # What both of batch-processor's jobs run in.
  job_container = {
    image = local.images["batch-processor"]

    executionRoleArn             = aws_iam_role.execution["job"].arn
    readonlyRootFilesystem       = true
    fargatePlatformConfiguration = { platformVersion = "1.4.0" }
    networkConfiguration         = { assignPublicIp = local.assign_public_ip }
    runtimePlatform              = { cpuArchitecture = "X86_64", operatingSystemFamily = "LINUX" }

    resourceRequirements = [
      { type = "VCPU", value = "0.25" },
      { type = "MEMORY", value = "512" },
    ]

    environment = [
      { name = "DB_SECRET_ARN", value = local.database_secret_arn },
      { name = "FASTAPI_ENDPOINT", value = local.endpoint },
      { name = "LOG_FORMAT", value = "json" },
      { name = "S3_BUCKET_RAW", value = aws_s3_bucket.raw.id },
      { name = "SQS_QUEUE_URL", value = aws_sqs_queue.main.url },
    ]

    secrets = [{ name = "INTERNAL_TOKEN", valueFrom = aws_secretsmanager_secret.internal_token.arn }]
  }

  job_log = { for command in ["drain", "reconcile"] : command => {
    logDriver = "awslogs"
    options = {
      awslogs-group         = aws_cloudwatch_log_group.part["job"].name
      awslogs-region        = var.region
      awslogs-stream-prefix = command
    }
  } }
}

resource "aws_batch_job_definition" "drain" {
  name                  = "${local.name}-drain"
  type                  = "container"
  platform_capabilities = ["FARGATE"]
  propagate_tags        = true

  timeout {
    attempt_duration_seconds = var.job_timeout_seconds
  }

  # A host that went away, or a task that could not start, is worth another attempt. An exit code of drain is its last
  # word: what failed waits in the queue, and the trigger looks at the queue again.
  retry_strategy {
    attempts = var.job_attempts

    evaluate_on_exit {
      action           = "RETRY"
      on_status_reason = "Your Spot Task was interrupted*"
    }

    evaluate_on_exit {
      action    = "RETRY"
      on_reason = "CannotPullContainerError*"
    }

    evaluate_on_exit {
      action    = "RETRY"
      on_reason = "ResourceInitializationError*"
    }

    evaluate_on_exit {
      action       = "EXIT"
      on_exit_code = "*"
    }
  }

  container_properties = jsonencode(merge(local.job_container, {
    command          = ["drain"]
    jobRoleArn       = aws_iam_role.job.arn
    logConfiguration = local.job_log["drain"]
  }))
}
