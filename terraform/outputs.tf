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

output "repositories" {
  description = "URLs of the ECR repositories by image."
  value       = { for name, repository in aws_ecr_repository.image : name => repository.repository_url }
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

output "database_endpoint" {
  description = "Host of the database, inside the VPC."
  value       = local.database.host
}

output "database_name" {
  description = "Name of the database."
  value       = local.database.name
}

output "database_secret_arn" {
  description = "The secret of the database (DB_SECRET_ARN); its value is nowhere in Terraform."
  value       = local.database_secret_arn
}

output "log_groups" {
  description = "Names of the log groups by part."
  value       = { for part, group in aws_cloudwatch_log_group.part : part => group.name }
}

output "frontend_domain_name" {
  description = "Domain of the front end; null without one."
  value       = one(aws_cloudfront_distribution.frontend[*].domain_name)
}
