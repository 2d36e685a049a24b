locals {
  trigger_name = "${local.name}-trigger"
}

# Looks at the queue and submits as many jobs as are worthwhile. Not an event source of the work queue: Lambda would
# delete the messages before a job could receive them.
resource "aws_lambda_function" "trigger" {
  function_name                  = local.trigger_name
  description                    = "Submits batch jobs while messages wait"
  role                           = aws_iam_role.trigger.arn
  package_type                   = "Image"
  image_uri                      = local.images["batch-processor"]
  architectures                  = ["x86_64"]
  timeout                        = 60
  memory_size                    = 256
  reserved_concurrent_executions = var.trigger_concurrency

  image_config {
    command = ["trigger"]
  }

  environment {
    variables = {
      BATCH_JOB_DEFINITION = aws_batch_job_definition.drain.name
      BATCH_JOB_QUEUE      = aws_batch_job_queue.main.name
      LOG_FORMAT           = "json"
      MAX_JOBS             = tostring(var.max_jobs)
      MESSAGES_PER_JOB     = tostring(var.messages_per_job)
      SQS_QUEUE_URL        = aws_sqs_queue.main.url
    }
  }

  depends_on = [aws_cloudwatch_log_group.part, aws_ecr_repository_policy.trigger_image, aws_iam_role_policy.trigger]
}

# A thousand uploads at once are a thousand events, of which the first is enough: what has waited is not worth a look,
# and the next one comes by itself.
resource "aws_lambda_function_event_invoke_config" "trigger" {
  function_name                = aws_lambda_function.trigger.function_name
  maximum_event_age_in_seconds = 60
  maximum_retry_attempts       = 0
}

resource "aws_iam_role" "trigger" {
  name               = "${local.name}-trigger"
  assume_role_policy = data.aws_iam_policy_document.assume["lambda"].json
}

data "aws_iam_policy_document" "trigger" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.part["trigger"].arn}:*"]
  }

  statement {
    actions   = ["sqs:GetQueueAttributes"]
    resources = [aws_sqs_queue.main.arn]
  }

  statement {
    actions = ["batch:SubmitJob"]
    resources = [
      aws_batch_job_queue.main.arn,
      "${local.arn_prefix}:batch:${var.region}:${local.account}:job-definition/${aws_batch_job_definition.drain.name}",
      "${local.arn_prefix}:batch:${var.region}:${local.account}:job-definition/${aws_batch_job_definition.drain.name}:*",
    ]
  }

  statement {
    # AWS knows no resource for this action.
    actions   = ["batch:ListJobs"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "trigger" {
  name   = "submit"
  role   = aws_iam_role.trigger.id
  policy = data.aws_iam_policy_document.trigger.json
}

resource "aws_cloudwatch_event_rule" "uploaded" {
  name        = "${local.name}-uploaded"
  description = "A video was uploaded"

  event_pattern = jsonencode({
    source      = ["aws.s3"]
    detail-type = ["Object Created"]
    detail = {
      bucket = { name = [aws_s3_bucket.raw.id] }
      object = { key = [for extension in var.video_extensions : { wildcard = "videos/*${extension}" }] }
    }
  })
}

resource "aws_cloudwatch_event_target" "uploaded" {
  rule = aws_cloudwatch_event_rule.uploaded.name
  arn  = aws_lambda_function.trigger.arn
}

resource "aws_lambda_permission" "uploaded" {
  statement_id   = "EventBridge"
  action         = "lambda:InvokeFunction"
  function_name  = aws_lambda_function.trigger.function_name
  principal      = "events.amazonaws.com"
  source_arn     = aws_cloudwatch_event_rule.uploaded.arn
  source_account = local.account
}

# Whatever an upload's event missed, and whatever came back to the queue.
resource "aws_scheduler_schedule" "look" {
  name                = "${local.name}-look"
  description         = "Looks at the queue"
  schedule_expression = "rate(${var.trigger_minutes} minutes)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.trigger.arn
    role_arn = aws_iam_role.scheduler.arn

    retry_policy {
      maximum_event_age_in_seconds = 60
      maximum_retry_attempts       = 0
    }
  }
}

resource "aws_iam_role" "scheduler" {
  name               = "${local.name}-scheduler"
  assume_role_policy = data.aws_iam_policy_document.assume["scheduler"].json
}

data "aws_iam_policy_document" "scheduler" {
  statement {
    actions   = ["lambda:InvokeFunction"]
    resources = [aws_lambda_function.trigger.arn]
  }
}

resource "aws_iam_role_policy" "scheduler" {
  name   = "invoke"
  role   = aws_iam_role.scheduler.id
  policy = data.aws_iam_policy_document.scheduler.json
}
