# Compares the raw bucket with what is analysed, on a schedule, and sends a message for what was missed.
locals {
  reconcile = var.reconcile_schedule == null ? 0 : 1
}

# A queue of its own: the trigger counts the jobs of the other one as workers.
resource "aws_batch_job_queue" "reconcile" {
  count = local.reconcile

  name     = "${local.name}-reconcile"
  state    = "ENABLED"
  priority = 1

  compute_environment_order {
    order               = 1
    compute_environment = aws_batch_compute_environment.main.arn
  }
}

resource "aws_batch_job_definition" "reconcile" {
  count = local.reconcile

  name                  = "${local.name}-reconcile"
  type                  = "container"
  platform_capabilities = ["FARGATE"]
  propagate_tags        = true

  timeout {
    attempt_duration_seconds = var.job_timeout_seconds
  }

  container_properties = jsonencode(merge(local.job_container, {
    command          = concat(["reconcile"], flatten([for extension in var.video_extensions : ["--extension", extension]]))
    jobRoleArn       = aws_iam_role.reconcile[0].arn
    logConfiguration = local.job_log["reconcile"]
  }))
}

resource "aws_iam_role" "reconcile" {
  count = local.reconcile

  name               = "${local.name}-reconcile"
  assume_role_policy = data.aws_iam_policy_document.assume["ecs-tasks"].json
}

# Lists the bucket, reads none of it, and sends to the main queue alone.
data "aws_iam_policy_document" "reconcile" {
  statement {
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.raw.arn]
  }

  statement {
    actions   = ["sqs:GetQueueAttributes", "sqs:SendMessage"]
    resources = [aws_sqs_queue.main.arn]
  }
}

resource "aws_iam_role_policy" "reconcile" {
  count = local.reconcile

  name   = "reconcile"
  role   = aws_iam_role.reconcile[0].id
  policy = data.aws_iam_policy_document.reconcile.json
}

resource "aws_scheduler_schedule" "reconcile" {
  count = local.reconcile

  name                = "${local.name}-reconcile"
  description         = "Looks for videos that were missed"
  schedule_expression = var.reconcile_schedule

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = "${local.arn_prefix}:scheduler:::aws-sdk:batch:submitJob"
    role_arn = aws_iam_role.reconcile_schedule[0].arn

    input = jsonencode({
      JobName       = "reconcile"
      JobQueue      = aws_batch_job_queue.reconcile[0].name
      JobDefinition = aws_batch_job_definition.reconcile[0].name
    })

    retry_policy {
      maximum_event_age_in_seconds = 3600
      maximum_retry_attempts       = 2
    }
  }
}

resource "aws_iam_role" "reconcile_schedule" {
  count = local.reconcile

  name               = "${local.name}-reconcile-schedule"
  assume_role_policy = data.aws_iam_policy_document.assume["scheduler"].json
}

data "aws_iam_policy_document" "reconcile_schedule" {
  count = local.reconcile

  statement {
    actions = ["batch:SubmitJob"]
    resources = [
      aws_batch_job_queue.reconcile[0].arn,
      "${local.arn_prefix}:batch:${var.region}:${local.account}:job-definition/${aws_batch_job_definition.reconcile[0].name}",
      "${local.arn_prefix}:batch:${var.region}:${local.account}:job-definition/${aws_batch_job_definition.reconcile[0].name}:*",
    ]
  }
}

resource "aws_iam_role_policy" "reconcile_schedule" {
  count = local.reconcile

  name   = "submit"
  role   = aws_iam_role.reconcile_schedule[0].id
  policy = data.aws_iam_policy_document.reconcile_schedule[0].json
}
