locals {
  graphs = [
    { title = "Messages", metrics = [
      ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.main.name, { label = "waiting" }],
      ["AWS/SQS", "ApproximateNumberOfMessagesNotVisible", "QueueName", aws_sqs_queue.main.name, { label = "in work" }],
      ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", aws_sqs_queue.dead_letter.name, { label = "dead letters" }],
    ] },
    { title = "Age of the oldest message (s)", metrics = [
      ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", aws_sqs_queue.main.name],
    ] },
    { title = "Service: tasks", metrics = [
      concat(["AWS/ApplicationELB", "HealthyHostCount"], local.target_pairs),
      concat(["AWS/ApplicationELB", "UnHealthyHostCount"], local.target_pairs),
    ] },
    { title = "Service: CPU and memory (%)", metrics = [
      ["AWS/ECS", "CPUUtilization", "ClusterName", aws_ecs_cluster.main.name, "ServiceName", aws_ecs_service.service.name],
      ["AWS/ECS", "MemoryUtilization", "ClusterName", aws_ecs_cluster.main.name, "ServiceName", aws_ecs_service.service.name],
    ] },
    { title = "Service: answers", metrics = [
      ["AWS/ApplicationELB", "HTTPCode_Target_2XX_Count", "LoadBalancer", aws_lb.service.arn_suffix],
      ["AWS/ApplicationELB", "HTTPCode_Target_4XX_Count", "LoadBalancer", aws_lb.service.arn_suffix],
      ["AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", "LoadBalancer", aws_lb.service.arn_suffix],
    ] },
    { title = "Database", metrics = [
      concat(["AWS/RDS", "CPUUtilization"], local.database_pairs),
      concat(["AWS/RDS", "DatabaseConnections"], local.database_pairs),
    ] },
    { title = "Database: free storage (bytes)", metrics = [
      concat(["AWS/RDS", local.rds == 1 ? "FreeStorageSpace" : "FreeLocalStorage"], local.database_pairs),
    ] },
    { title = "Jobs that failed, errors of the trigger", metrics = [
      ["AWS/Events", "MatchedEvents", "RuleName", aws_cloudwatch_event_rule.job_failed.name, { label = "failed jobs", stat = "Sum" }],
      ["AWS/Lambda", "Errors", "FunctionName", aws_lambda_function.trigger.function_name, { label = "trigger errors", stat = "Sum" }],
    ] },
  ]

  every_alarm = concat(
    [for alarm in aws_cloudwatch_metric_alarm.metric : alarm.arn],
    [aws_cloudwatch_metric_alarm.failed_jobs.arn, aws_cloudwatch_metric_alarm.no_worker.arn, aws_cloudwatch_metric_alarm.service_errors.arn],
  )

  target_pairs   = flatten([for name in sort(keys(local.target_dimension)) : [name, local.target_dimension[name]]])
  database_pairs = flatten([for name, value in local.database_dimension : [name, value]])
}

resource "aws_cloudwatch_dashboard" "main" {
  dashboard_name = local.name

  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm"
        x          = 0
        y          = 0
        width      = 24
        height     = 3
        properties = { title = "Alarms", alarms = local.every_alarm }
      }],
      [for index, graph in local.graphs : {
        type       = "metric"
        x          = 12 * (index % 2)
        y          = 3 + 6 * floor(index / 2)
        width      = 12
        height     = 6
        properties = { title = graph.title, metrics = graph.metrics, region = var.region, period = 60, stat = "Maximum" }
      }],
    )
  })
}
