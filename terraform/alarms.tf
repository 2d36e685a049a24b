resource "aws_sns_topic" "alarms" {
  name              = "${local.name}-alarms"
  kms_master_key_id = "alias/aws/sns"
}

resource "aws_sns_topic_subscription" "alarms" {
  count = var.alarm_email == null ? 0 : 1

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = "email"
  endpoint  = var.alarm_email
}

locals {
  database_dimension = var.database_engine == "postgres" ? { DBInstanceIdentifier = local.name } : { DBClusterIdentifier = local.name }
  balancer_dimension = { LoadBalancer = aws_lb.service.arn_suffix }
  target_dimension   = merge(local.balancer_dimension, { TargetGroup = aws_lb_target_group.service.arn_suffix })

  alarms = merge({
    dead-letters = {
      description = "Messages in the dead-letter queue: videos that were not analysed."
      namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
      dimensions  = { QueueName = aws_sqs_queue.dead_letter.name }
      threshold   = 0, periods = 1, missing = "notBreaching", comparison = "GreaterThanThreshold"
    }
    oldest-message = {
      description = "A message has waited for an hour: jobs are missing, or slower than the uploads."
      namespace   = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum"
      dimensions  = { QueueName = aws_sqs_queue.main.name }
      threshold   = 3600, periods = 3, missing = "notBreaching", comparison = "GreaterThanThreshold"
    }
    trigger-errors = {
      description = "The trigger fails: no job is submitted."
      namespace   = "AWS/Lambda", metric = "Errors", statistic = "Sum"
      dimensions  = { FunctionName = aws_lambda_function.trigger.function_name }
      threshold   = 0, periods = 2, missing = "notBreaching", comparison = "GreaterThanThreshold"
    }
    service-errors = {
      description = "The service answers with 5xx."
      namespace   = "AWS/ApplicationELB", metric = "HTTPCode_Target_5XX_Count", statistic = "Sum"
      dimensions  = local.balancer_dimension
      threshold   = 5, periods = 2, missing = "notBreaching", comparison = "GreaterThanThreshold"
    }
    unhealthy-hosts = {
      description = "A task of the service is not ready."
      namespace   = "AWS/ApplicationELB", metric = "UnHealthyHostCount", statistic = "Maximum"
      dimensions  = local.target_dimension
      threshold   = 0, periods = 3, missing = "notBreaching", comparison = "GreaterThanThreshold"
    }
    no-healthy-host = {
      description = "No task of the service is ready."
      namespace   = "AWS/ApplicationELB", metric = "HealthyHostCount", statistic = "Minimum"
      dimensions  = local.target_dimension
      threshold   = 1, periods = 2, missing = "breaching", comparison = "LessThanThreshold"
    }
    database-connections = {
      description = "More than 150 connections to the database."
      namespace   = "AWS/RDS", metric = "DatabaseConnections", statistic = "Maximum"
      dimensions  = local.database_dimension
      threshold   = 150, periods = 3, missing = "notBreaching", comparison = "GreaterThanThreshold"
    }
    }, local.rds == 0 ? {} : {
    database-storage = {
      description = "Less than 10 GiB of the database's storage are free."
      namespace   = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum"
      dimensions  = local.database_dimension
      threshold   = 10737418240, periods = 1, missing = "notBreaching", comparison = "LessThanThreshold"
    }
  })
}

resource "aws_cloudwatch_metric_alarm" "metric" {
  for_each = local.alarms

  alarm_name          = "${local.name}-${each.key}"
  alarm_description   = each.value.description
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  statistic           = each.value.statistic
  dimensions          = each.value.dimensions
  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = each.value.periods
  treat_missing_data  = each.value.missing
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_metric_alarm" "no_worker" {
  alarm_name          = "${local.name}-no-worker"
  alarm_description   = "Messages wait and none is in work: no job drains the queue."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 4
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "idle"
    label       = "Messages that wait while none is in work"
    expression  = "IF(in_work == 0, waiting, 0)"
    return_data = true
  }

  metric_query {
    id = "waiting"

    metric {
      namespace   = "AWS/SQS"
      metric_name = "ApproximateNumberOfMessagesVisible"
      period      = 300
      stat        = "Minimum"
      dimensions  = { QueueName = aws_sqs_queue.main.name }
    }
  }

  metric_query {
    id = "in_work"

    metric {
      namespace   = "AWS/SQS"
      metric_name = "ApproximateNumberOfMessagesNotVisible"
      period      = 300
      stat        = "Maximum"
      dimensions  = { QueueName = aws_sqs_queue.main.name }
    }
  }
}

# Batch has no metric of failed jobs; EventBridge tells of each.
resource "aws_cloudwatch_event_rule" "job_failed" {
  name        = "${local.name}-job-failed"
  description = "A batch job failed"

  event_pattern = jsonencode({
    source      = ["aws.batch"]
    detail-type = ["Batch Job State Change"]
    detail      = { status = ["FAILED"], jobQueue = [aws_batch_job_queue.main.arn] }
  })
}

resource "aws_cloudwatch_metric_alarm" "job_failed" {
  alarm_name          = "${local.name}-failed-jobs"
  alarm_description   = "A batch job failed: its messages are in the queue still."
  namespace           = "AWS/Events"
  metric_name         = "MatchedEvents"
  statistic           = "Sum"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.job_failed.name }
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  period              = 300
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
}

resource "aws_cloudwatch_log_group" "job_failed" {
  name              = "/aws/events/${local.name}-failed-jobs"
  retention_in_days = var.log_retention_days
}

resource "aws_cloudwatch_event_target" "job_failed" {
  rule = aws_cloudwatch_event_rule.job_failed.name
  arn  = aws_cloudwatch_log_group.job_failed.arn
}

data "aws_iam_policy_document" "job_failed" {
  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.job_failed.arn}:*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
    }

    condition {
      test     = "ArnEquals"
      variable = "aws:SourceArn"
      values   = [aws_cloudwatch_event_rule.job_failed.arn]
    }
  }
}

resource "aws_cloudwatch_log_resource_policy" "job_failed" {
  policy_name     = "${local.name}-failed-jobs"
  policy_document = data.aws_iam_policy_document.job_failed.json
}
