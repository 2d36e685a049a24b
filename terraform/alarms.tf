# Not encrypted by a key: CloudWatch may not use AWS's own key of SNS, and the texts name alarms and nothing else.
resource "aws_sns_topic" "alarms" {
  name = "${local.name}-alarms"
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "TheAlarmsPublish"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = ["${local.arn_prefix}:cloudwatch:${var.region}:${local.account}:alarm:${local.name}-*"]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
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

  # Twice the pools of all tasks (a deployment runs new tasks beside the old), and some for people.
  database_connections = 2 * var.service_max_tasks * tonumber(lookup(var.service_environment, "DATABASE_POOL_SIZE", "8")) + 16

  alarms = merge({
    dead-letters = {
      description = "Messages in the dead-letter queue: videos that were not analysed."
      namespace   = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible", statistic = "Maximum"
      dimensions  = { QueueName = aws_sqs_queue.dead_letter.name }
      threshold   = 0, periods = 1, missing = "notBreaching", comparison = "GreaterThanThreshold"
    }
    oldest-message = {
      description = "A message is in the queue for longer than it should be: jobs are missing, or slower than the uploads."
      namespace   = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage", statistic = "Maximum"
      dimensions  = { QueueName = aws_sqs_queue.main.name }
      threshold   = 60 * var.oldest_message_alarm_minutes, periods = 3, missing = "notBreaching", comparison = "GreaterThanThreshold"
    }
    trigger-errors = {
      description = "The trigger fails: no job is submitted."
      namespace   = "AWS/Lambda", metric = "Errors", statistic = "Sum"
      dimensions  = { FunctionName = aws_lambda_function.trigger.function_name }
      threshold   = 0, periods = 2, missing = "notBreaching", comparison = "GreaterThanThreshold"
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
      description = "More connections to the database than the service can need."
      namespace   = "AWS/RDS", metric = "DatabaseConnections", statistic = "Maximum"
      dimensions  = local.database_dimension
      threshold   = local.database_connections, periods = 3, missing = "notBreaching", comparison = "GreaterThanThreshold"
    }
    }, local.rds == 0 ? {} : {
    database-storage = {
      description = "The database's disk is nearly full, and does not grow."
      namespace   = "AWS/RDS", metric = "FreeStorageSpace", statistic = "Minimum"
      dimensions  = local.database_dimension
      threshold   = min(10, var.database_storage_gib / 5) * 1073741824, periods = 1, missing = "notBreaching", comparison = "LessThanThreshold"
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

# A share and not a number: a service whose slots are all taken answers 503 to some calls, while it works on others.
resource "aws_cloudwatch_metric_alarm" "service_errors" {
  alarm_name          = "${local.name}-service-errors"
  alarm_description   = "More than a quarter of the service's answers are 5xx."
  comparison_operator = "GreaterThanThreshold"
  threshold           = 25
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]

  metric_query {
    id          = "share"
    label       = "Percent of answers that are 5xx, of ten and more"
    expression  = "IF(answers >= 10, 100 * (FILL(failed, 0) + FILL(unanswered, 0)) / answers, 0)"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = {
      answers    = "RequestCount"
      failed     = "HTTPCode_Target_5XX_Count"
      unanswered = "HTTPCode_ELB_5XX_Count" # no task, or none that answered in time
    }

    content {
      id = metric_query.key

      metric {
        namespace   = "AWS/ApplicationELB"
        metric_name = metric_query.value
        period      = 300
        stat        = "Sum"
        dimensions  = local.balancer_dimension
      }
    }
  }
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
    detail      = { status = ["FAILED"], jobQueue = concat([aws_batch_job_queue.main.arn], aws_batch_job_queue.reconcile[*].arn) }
  })
}

resource "aws_cloudwatch_metric_alarm" "failed_jobs" {
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
    actions   = ["logs:CreateLogStream"]
    resources = ["${aws_cloudwatch_log_group.job_failed.arn}:*"]

    principals {
      type        = "Service"
      identifiers = ["events.amazonaws.com", "delivery.logs.amazonaws.com"]
    }
  }

  statement {
    actions   = ["logs:PutLogEvents"]
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
