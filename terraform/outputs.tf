output "region" {
  description = "The AWS region."
  value       = var.region
}

output "raw_bucket" {
  description = "Upload videos here, under videos/."
  value       = aws_s3_bucket.raw.id
}

output "queue_url" {
  description = "The main queue (SQS_QUEUE_URL)."
  value       = aws_sqs_queue.main.url
}

output "dead_letter_queue_url" {
  description = "The dead-letter queue."
  value       = aws_sqs_queue.dead_letter.url
}

output "endpoint" {
  description = "The service inside the VPC (FASTAPI_ENDPOINT)."
  value       = local.endpoint
}

output "load_balancer_dns_name" {
  description = "Name of the internal load balancer."
  value       = aws_lb.service.dns_name
}

output "internal_token_secret_arn" {
  description = "The secret with the internal token; its value is nowhere in Terraform."
  value       = aws_secretsmanager_secret.internal_token.arn
}

output "deletion_protection" {
  description = "Whether database, load balancer, buckets and repositories are kept from being deleted."
  value       = var.deletion_protection
}

output "buckets" {
  description = "Every bucket that must be empty before it can be destroyed, in one line."
  value       = join(" ", concat([aws_s3_bucket.raw.id], aws_s3_bucket.frontend[*].id))
}

output "repository_prefix" {
  description = "URL of the ECR repositories without the image's name."
  value       = trimsuffix(aws_ecr_repository.image["batch-processor"].repository_url, "/batch-processor")
}

output "repositories" {
  description = "URLs of the ECR repositories by image."
  value       = { for name, repository in aws_ecr_repository.image : name => repository.repository_url }
}

output "images" {
  description = "The images that run, by name."
  value       = local.images
}

output "job_queue" {
  description = "Name of the Batch job queue."
  value       = aws_batch_job_queue.main.name
}

output "job_definition" {
  description = "Name of the Batch job definition."
  value       = aws_batch_job_definition.drain.name
}

output "trigger_function" {
  description = "Name of the Lambda function that submits jobs."
  value       = aws_lambda_function.trigger.function_name
}

output "cluster" {
  description = "Name of the ECS cluster."
  value       = aws_ecs_cluster.main.name
}

output "service" {
  description = "Name of the ECS service."
  value       = aws_ecs_service.service.name
}

output "service_task_definition" {
  description = "ARN of the service's task definition, with its revision."
  value       = aws_ecs_task_definition.service.arn
}

output "task" {
  description = "What `aws ecs run-task` needs to run the service's image once, such as its command migrate."
  value = {
    definition        = aws_ecs_task_definition.service.family
    capacity_provider = local.capacity_provider
    subnets           = local.task_subnet_ids
    security_group    = aws_security_group.part["service"].id
    assign_public_ip  = local.assign_public_ip
  }
}

output "database_endpoint" {
  description = "Host of the database, inside the VPC."
  value       = local.database.host
}

output "database_port" {
  description = "Port of the database."
  value       = local.database.port
}

output "database_name" {
  description = "Name of the database."
  value       = local.database.name
}

output "database_secret_arn" {
  description = "The secret of the database (DB_SECRET_ARN); its value is nowhere in Terraform."
  value       = local.database_secret_arn
}

output "final_snapshot" {
  description = "Name of the snapshot that is kept when the database is destroyed; empty without one."
  value       = var.database_final_snapshot ? one(concat(aws_db_instance.main[*].final_snapshot_identifier, aws_rds_cluster.main[*].final_snapshot_identifier)) : ""
}

output "bastion_group" {
  description = "Auto scaling group of the instance that forwards psql to the database; null without one."
  value       = one(aws_autoscaling_group.bastion[*].name)
}

output "log_groups" {
  description = "Names of the log groups by part."
  value = merge(
    { for part, group in aws_cloudwatch_log_group.part : part => group.name },
    { for log, group in aws_cloudwatch_log_group.database : "database_${log}" => group.name },
    { failed_jobs = aws_cloudwatch_log_group.job_failed.name },
  )
}

output "alarm_topic_arn" {
  description = "The SNS topic of the alarms: subscribe what else shall hear of them."
  value       = aws_sns_topic.alarms.arn
}

output "dashboard_url" {
  description = "The CloudWatch dashboard."
  value       = "https://${var.region}.console.aws.amazon.com/cloudwatch/home?region=${var.region}#dashboards/dashboard/${aws_cloudwatch_dashboard.main.dashboard_name}"
}

output "frontend_bucket" {
  description = "Bucket of the front end's files; null without one."
  value       = one(aws_s3_bucket.frontend[*].id)
}

output "frontend_domain_name" {
  description = "Domain of the front end; null without one."
  value       = one(aws_cloudfront_distribution.frontend[*].domain_name)
}
