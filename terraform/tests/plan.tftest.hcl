# Every variable that changes the plan, against a mock of AWS: no account, no network.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }

  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
}

mock_provider "aws" {
  alias = "us_east_1"
}

# What AWS would answer, where a test looks into a policy, a pattern or a container.
override_resource {
  target          = aws_s3_bucket.raw
  values          = { id = "raw", arn = "arn:aws:s3:::raw" }
  override_during = plan
}

override_resource {
  target          = aws_sqs_queue.main
  values          = { url = "https://sqs.eu-central-1.amazonaws.com/123456789012/main" }
  override_during = plan
}

override_resource {
  target          = aws_sqs_queue.dead_letter
  values          = { arn = "arn:aws:sqs:eu-central-1:123456789012:dlq" }
  override_during = plan
}

override_resource {
  target          = aws_ecr_repository.image
  values          = { repository_url = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/image" }
  override_during = plan
}

variables {
  environment = "test"
  region      = "eu-central-1"
}

run "defaults" {
  command = plan

  assert {
    condition     = aws_s3_bucket.raw.bucket == "capstone-test-raw-123456789012"
    error_message = "The raw bucket's name must hold project, environment and account."
  }

  assert {
    condition     = length(aws_subnet.public) == 2 && length(aws_subnet.private) == 2 && length(aws_nat_gateway.main) == 1
    error_message = "Two public and two private subnets and one NAT gateway by default."
  }

  assert {
    condition     = aws_s3_bucket.raw.force_destroy == false && aws_db_instance.main[0].deletion_protection && aws_lb.service.enable_deletion_protection
    error_message = "Videos, database and load balancer must be protected by default."
  }

  assert {
    condition     = aws_s3_bucket_notification.raw.eventbridge && alltrue([for queue in aws_s3_bucket_notification.raw.queue : contains(queue.events, "s3:ObjectCreated:*") && contains(queue.events, "s3:ObjectRemoved:*") && contains(queue.events, "s3:LifecycleExpiration:*") && queue.filter_prefix == "videos/"])
    error_message = "Every created and removed object under videos/ must be told to the queue, and to EventBridge."
  }

  assert {
    condition     = local.service_environment["DELETE_WITH_SOURCE"] == "false" && length(aws_scheduler_schedule.reconcile) == 0 && length(aws_batch_job_queue.reconcile) == 0 && length(aws_iam_role.reconcile) == 0
    error_message = "Rows stay when their video is removed, and nothing is reconciled, by default."
  }

  assert {
    condition     = toset([for queue in aws_s3_bucket_notification.raw.queue : queue.filter_suffix]) == toset(var.video_extensions)
    error_message = "One notification for each extension."
  }

  assert {
    condition     = aws_sqs_queue.dead_letter.message_retention_seconds > aws_sqs_queue.main.message_retention_seconds
    error_message = "The dead-letter queue must keep messages longer than the main queue."
  }

  assert {
    condition     = aws_sqs_queue.main.receive_wait_time_seconds == 20 && aws_sqs_queue.main.sqs_managed_sse_enabled && aws_sqs_queue.main.visibility_timeout_seconds == 300
    error_message = "The main queue polls long, is encrypted, and hides messages for five minutes."
  }

  assert {
    condition     = one(aws_batch_compute_environment.main.compute_resources).type == "FARGATE_SPOT" && one(aws_batch_compute_environment.main.compute_resources).max_vcpus == 4
    error_message = "Jobs run on Fargate Spot by default, on four vCPUs at most."
  }

  assert {
    condition     = one(aws_batch_job_definition.drain.timeout).attempt_duration_seconds == 21600 && one(aws_batch_job_definition.drain.retry_strategy).attempts == 3
    error_message = "A job has six hours and three attempts."
  }

  assert {
    condition     = one([for rule in one(aws_batch_job_definition.drain.retry_strategy).evaluate_on_exit : rule if rule.on_exit_code == "*"]).action == "exit" || one([for rule in one(aws_batch_job_definition.drain.retry_strategy).evaluate_on_exit : rule if rule.on_exit_code == "*"]).action == "EXIT"
    error_message = "An exit code of drain must end the job."
  }

  assert {
    condition     = aws_lambda_function.trigger.environment[0].variables.MESSAGES_PER_JOB == "20" && aws_lambda_function.trigger.environment[0].variables.MAX_JOBS == "4" && aws_lambda_function.trigger.reserved_concurrent_executions == 1
    error_message = "The trigger knows what a job is worth, and runs once at a time."
  }

  assert {
    condition     = aws_scheduler_schedule.look.schedule_expression == "rate(5 minutes)"
    error_message = "The trigger looks at the queue every five minutes."
  }

  assert {
    condition     = aws_lb.service.internal && aws_lb.service.idle_timeout >= 60 && aws_lb_listener.service.port == 8087 && one(aws_lb_target_group.service.health_check).path == "/ready"
    error_message = "An internal load balancer on 8087 that asks /ready."
  }

  assert {
    condition     = one(aws_ecs_service.service.deployment_circuit_breaker).enable && one(aws_ecs_service.service.deployment_circuit_breaker).rollback
    error_message = "A deployment that does not become healthy must be rolled back."
  }

  assert {
    condition     = aws_appautoscaling_target.service.min_capacity == 1 && aws_appautoscaling_target.service.max_capacity == 4 && aws_appautoscaling_policy.in_flight.target_tracking_scaling_policy_configuration[0].target_value == 2
    error_message = "One to four tasks, two analyses each."
  }

  assert {
    condition     = aws_db_instance.main[0].storage_encrypted && aws_db_instance.main[0].manage_master_user_password && !aws_db_instance.main[0].publicly_accessible && aws_db_instance.main[0].performance_insights_enabled
    error_message = "The database is encrypted, private, with a managed secret and performance insights."
  }

  assert {
    condition     = one([for parameter in aws_db_parameter_group.main[0].parameter : parameter.value if parameter.name == "rds.force_ssl"]) == "1"
    error_message = "The database must force TLS."
  }

  assert {
    condition     = length(aws_rds_cluster.main) == 0 && length(aws_cloudfront_distribution.frontend) == 0 && length(aws_wafv2_web_acl.frontend) == 0 && length(aws_vpc_endpoint.interface) == 0
    error_message = "No Aurora, front end, web ACL or interface endpoint by default."
  }

  assert {
    condition     = alltrue([for name in ["dead-letters", "oldest-message", "trigger-errors", "unhealthy-hosts", "no-healthy-host", "database-connections", "database-storage"] : contains(keys(aws_cloudwatch_metric_alarm.metric), name)])
    error_message = "Each alarm must exist."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["oldest-message"].threshold == 3600 && aws_cloudwatch_metric_alarm.metric["database-connections"].threshold == 80 && aws_cloudwatch_metric_alarm.metric["database-storage"].threshold == 10737418240
    error_message = "An hour, two pools of eight for each of four tasks and 16 more, and 10 GiB."
  }

  assert {
    condition     = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.metric), [aws_cloudwatch_metric_alarm.no_worker, aws_cloudwatch_metric_alarm.failed_jobs, aws_cloudwatch_metric_alarm.service_errors]) : length(alarm.alarm_description) > 0])
    error_message = "Each alarm must say what it is."
  }

  assert {
    condition     = aws_sns_topic.alarms.kms_master_key_id == null
    error_message = "CloudWatch may not use alias/aws/sns: with it no alarm is ever delivered."
  }

  assert {
    condition     = one(aws_ecs_service.service.capacity_provider_strategy).capacity_provider == "FARGATE" && aws_ecs_task_definition.service.requires_compatibilities == toset(["FARGATE"]) && !one(aws_ecs_service.service.network_configuration).assign_public_ip
    error_message = "The service runs on Fargate, without public addresses."
  }

  assert {
    condition     = length(aws_autoscaling_group.gpu) == 0 && length(aws_autoscaling_group.bastion) == 0 && toset(keys(aws_security_group.part)) == toset(["job", "load_balancer", "service", "database"])
    error_message = "No EC2 instance by default."
  }

  assert {
    condition     = length(local.models) == 0 && length(local.model_objects) == 0
    error_message = "No model by default."
  }

  assert {
    condition     = aws_secretsmanager_secret_version.internal_token.secret_string_wo_version == 1 && aws_secretsmanager_secret_version.internal_token.secret_string == null
    error_message = "The token is written, and never kept in the state."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.main.redrive_policy) == { deadLetterTargetArn = "arn:aws:sqs:eu-central-1:123456789012:dlq", maxReceiveCount = 3 }
    error_message = "Dead letters after three receives."
  }

  assert {
    condition     = [for key in jsondecode(aws_cloudwatch_event_rule.uploaded.event_pattern).detail.object.key : key.wildcard] == [for extension in var.video_extensions : "videos/*${extension}"]
    error_message = "Only uploads that are analysed start the trigger."
  }

  assert {
    condition     = aws_lambda_function_event_invoke_config.trigger.maximum_event_age_in_seconds == 60
    error_message = "Events that pile up must not be looked at for hours."
  }

  assert {
    condition     = one([for parameter in aws_db_parameter_group.main[0].parameter : parameter.value if parameter.name == "max_wal_size"]) == "6400" && aws_db_instance.main[0].engine_version == "16" && !aws_db_instance.main[0].skip_final_snapshot
    error_message = "PostgreSQL 16, a write-ahead log of an eighth of the disk, and a snapshot at the end."
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_log_group.database)) == toset(["postgresql", "upgrade"]) && one(aws_ecs_cluster.main.setting).value == "enabled"
    error_message = "The database's logs have a retention; ECS's tasks have metrics."
  }

  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.part : group.retention_in_days == 30])
    error_message = "Logs are kept for 30 days."
  }

  assert {
    condition     = aws_ecr_repository.image["batch-processor"].image_tag_mutability == "IMMUTABLE"
    error_message = "A tag names one image for ever."
  }
}

run "unprotected" {
  command = plan

  variables {
    deletion_protection = false
  }

  assert {
    condition     = aws_s3_bucket.raw.force_destroy && !aws_db_instance.main[0].deletion_protection && !aws_lb.service.enable_deletion_protection && aws_secretsmanager_secret.internal_token.recovery_window_in_days == 0
    error_message = "deletion_protection = false must let everything be removed."
  }
}

run "existing_network" {
  command = plan

  variables {
    vpc_id             = "vpc-0123456789abcdef0"
    private_subnet_ids = ["subnet-0a", "subnet-0b"]
  }

  assert {
    condition     = length(aws_vpc.main) == 0 && length(aws_subnet.private) == 0 && length(aws_nat_gateway.main) == 0 && length(aws_vpc_endpoint.s3) == 0
    error_message = "Nothing of a network may be made in an existing VPC."
  }

  assert {
    condition     = aws_security_group.part["service"].vpc_id == "vpc-0123456789abcdef0" && toset(aws_lb.service.subnets) == toset(["subnet-0a", "subnet-0b"])
    error_message = "The parts must stand in the VPC that was named."
  }
}

run "gateway_for_each_zone" {
  command = plan

  variables {
    nat_gateways = "one_per_zone"
  }

  assert {
    condition     = length(aws_nat_gateway.main) == 2 && length(aws_route.nat) == 2
    error_message = "A NAT gateway in each zone."
  }
}

run "without_nat" {
  command = plan

  variables {
    nat_gateways        = "none"
    interface_endpoints = true
  }

  assert {
    condition     = length(aws_nat_gateway.main) == 0 && length(aws_eip.nat) == 0 && length(aws_route.nat) == 0 && length(aws_vpc_endpoint.s3) == 1
    error_message = "No way out but endpoints."
  }
}

run "smallest" {
  command = plan

  variables {
    nat_gateways            = "none"
    public_task_addresses   = true
    service_capacity        = "fargate_spot"
    container_insights      = false
    database_instance_class = "db.t4g.micro"
    database_storage_gib    = 20
    database_final_snapshot = false
    deletion_protection     = false
  }

  assert {
    condition     = length(aws_nat_gateway.main) == 0 && one(aws_ecs_service.service.network_configuration).assign_public_ip && local.assign_public_ip == "ENABLED" && toset(keys(aws_subnet.public)) == toset(["eu-central-1a", "eu-central-1b"])
    error_message = "Jobs and tasks must have addresses of their own."
  }

  assert {
    condition     = one(aws_ecs_service.service.capacity_provider_strategy).capacity_provider == "FARGATE_SPOT" && one(aws_ecs_cluster.main.setting).value == "disabled"
    error_message = "The service must run on Fargate Spot, without Container Insights."
  }

  assert {
    condition     = aws_db_instance.main[0].skip_final_snapshot && aws_db_instance.main[0].delete_automated_backups && !aws_db_instance.main[0].publicly_accessible && aws_cloudwatch_metric_alarm.metric["database-storage"].threshold == 4294967296
    error_message = "The database stays private, leaves no snapshot, and warns at a fifth of its disk."
  }
}

run "gpu" {
  command = plan

  variables {
    service_capacity    = "gpu"
    gpu_instance_type   = "g4dn.2xlarge"
    nat_gateways        = "none"
    interface_endpoints = true
  }

  override_resource {
    target          = aws_autoscaling_group.gpu
    values          = { arn = "arn:aws:autoscaling:eu-central-1:123456789012:autoScalingGroup:1:autoScalingGroupName/gpu" }
    override_during = plan
  }

  assert {
    condition     = aws_launch_template.gpu[0].instance_type == "g4dn.2xlarge" && startswith(aws_launch_template.gpu[0].image_id, "resolve:ssm:/aws/service/ecs/optimized-ami/") && one(aws_launch_template.gpu[0].metadata_options).http_tokens == "required"
    error_message = "Instances of that type with ECS's GPU image and IMDSv2."
  }

  assert {
    condition     = one(aws_ecs_service.service.capacity_provider_strategy).capacity_provider == "capstone-test-gpu" && contains(aws_ecs_cluster_capacity_providers.main.capacity_providers, "capstone-test-gpu") && aws_autoscaling_group.gpu[0].max_size == 8
    error_message = "The service must run on the GPU's capacity provider."
  }

  assert {
    condition     = aws_ecs_task_definition.service.requires_compatibilities == toset(["EC2"]) && length(aws_ecs_task_definition.service.ephemeral_storage) == 0
    error_message = "A task for EC2 has no ephemeral storage of its own."
  }

  assert {
    condition     = contains(keys(aws_vpc_endpoint.interface), "ecs-agent") && contains(keys(aws_vpc_security_group_ingress_rule.endpoints), "gpu")
    error_message = "ECS's agent on the instance needs its endpoints."
  }
}

run "bastion" {
  command = plan

  variables {
    bastion             = true
    interface_endpoints = true
  }

  assert {
    condition     = aws_autoscaling_group.bastion[0].max_size == 1 && contains(keys(aws_vpc_security_group_ingress_rule.flow), "bastion_to_database") && contains(keys(aws_vpc_endpoint.interface), "ssmmessages")
    error_message = "One instance that may reach the database, and Systems Manager."
  }

  assert {
    condition     = alltrue([for flow in local.flows : flow.to != "bastion"])
    error_message = "Nobody may reach the bastion itself."
  }
}

run "models" {
  command = plan

  variables {
    detector         = "model"
    detector_model   = "s3://my-models/detectors/yolox/nano.json"
    depth_model      = "s3://my-models/depth/midas_small.onnx"
    embedding_models = ["/models/embedding.json", "s3://my-models/embedders/one.onnx"]
  }

  assert {
    condition = local.models == {
      DETECTOR        = "model"
      DETECTOR_MODEL  = "s3://my-models/detectors/yolox/nano.json"
      DEPTH_MODEL     = "s3://my-models/depth/midas_small.onnx"
      EMBEDDING_MODEL = "/models/embedding.json,s3://my-models/embedders/one.onnx"
    }
    error_message = "Each model must reach the service's environment."
  }

  assert {
    condition = toset(local.model_objects) == toset([
      "arn:aws:s3:::my-models/detectors/yolox/*", "arn:aws:s3:::my-models/embedders/one.onnx",
      "arn:aws:s3:::my-models/embedders/one.json", "arn:aws:s3:::my-models/depth/midas_small.onnx",
      "arn:aws:s3:::my-models/depth/midas_small.json",
    ])
    error_message = "The service may read a manifest's folder, a network and the manifest beside it, and no more."
  }
}

run "images" {
  command = plan

  variables {
    images = { analysis-service = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/capstone-test/analysis-service@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef" }
  }

  assert {
    condition     = endswith(local.images["analysis-service"], "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef") && local.images["batch-processor"] == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/image:0.1.0"
    error_message = "A whole reference takes the place of image_tag for that image alone."
  }
}

run "endpoints" {
  command = plan

  variables {
    interface_endpoints = true
  }

  assert {
    condition     = toset(keys(aws_vpc_endpoint.interface)) == toset(["sqs", "ecr.api", "ecr.dkr", "logs", "secretsmanager"]) && length(aws_vpc_security_group_ingress_rule.endpoints) == 2
    error_message = "Interface endpoints, open to job and service."
  }
}

run "names_and_limits" {
  command = plan

  variables {
    project                      = "video"
    raw_bucket_name              = "my-videos"
    video_extensions             = [".mp4"]
    upload_origins               = ["https://app.example.com"]
    raw_expiration_days          = 90
    visibility_timeout_seconds   = 600
    max_receive_count            = 5
    image_tag                    = "1.2.3"
    batch_spot                   = false
    batch_max_vcpus              = 16
    job_timeout_seconds          = 3600
    job_attempts                 = 2
    messages_per_job             = 7
    max_jobs                     = 9
    trigger_minutes              = 10
    trigger_concurrency          = -1
    service_port                 = 9000
    service_cpu                  = 4096
    service_memory               = 8192
    service_storage_gib          = 100
    service_min_tasks            = 2
    service_max_tasks            = 10
    analyses_per_task            = 3
    service_environment          = { ANALYSIS_FPS = "2", DATABASE_POOL_SIZE = "4" }
    internal_token_version       = 2
    database_version             = "16.9"
    oldest_message_alarm_minutes = 240
    database_instance_class      = "db.r7g.large"
    database_storage_gib         = 200
    database_multi_az            = true
    database_backup_days         = 14
    log_retention_days           = 365
    alarm_email                  = "team@example.com"
    tags                         = { Team = "video" }
    vpc_cidr                     = "10.9.0.0/16"
  }

  assert {
    condition     = aws_s3_bucket.raw.bucket == "my-videos" && aws_sqs_queue.main.name == "video-test-main"
    error_message = "Names follow project and raw_bucket_name."
  }

  assert {
    condition     = length(aws_s3_bucket_notification.raw.queue) == 1 && length(aws_s3_bucket_cors_configuration.raw) == 1 && length(aws_s3_bucket_lifecycle_configuration.raw.rule) == 3
    error_message = "One extension, uploads by web pages, expiration."
  }

  assert {
    condition     = aws_sqs_queue.main.visibility_timeout_seconds == 600
    error_message = "visibility_timeout_seconds must reach the queue."
  }

  assert {
    condition     = one(aws_batch_compute_environment.main.compute_resources).type == "FARGATE" && one(aws_batch_compute_environment.main.compute_resources).max_vcpus == 16
    error_message = "batch_spot and batch_max_vcpus must reach the compute environment."
  }

  assert {
    condition     = one(aws_batch_job_definition.drain.timeout).attempt_duration_seconds == 3600 && one(aws_batch_job_definition.drain.retry_strategy).attempts == 2
    error_message = "job_timeout_seconds and job_attempts must reach the job definition."
  }

  assert {
    condition     = aws_lambda_function.trigger.environment[0].variables.MESSAGES_PER_JOB == "7" && aws_lambda_function.trigger.environment[0].variables.MAX_JOBS == "9" && aws_scheduler_schedule.look.schedule_expression == "rate(10 minutes)"
    error_message = "messages_per_job, max_jobs and trigger_minutes must reach the trigger."
  }

  assert {
    condition     = aws_lambda_function.trigger.reserved_concurrent_executions == -1 && aws_secretsmanager_secret_version.internal_token.secret_string_wo_version == 2
    error_message = "trigger_concurrency and internal_token_version must reach the trigger and the secret."
  }

  assert {
    condition     = local.service_environment["ANALYSIS_FPS"] == "2" && local.service_environment["PORT"] == "9000" && local.service_environment["MAX_CONCURRENT_ANALYSES"] == "3"
    error_message = "service_environment, service_port and analyses_per_task must reach the service."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.metric["database-connections"].threshold == 96 && aws_cloudwatch_metric_alarm.metric["oldest-message"].threshold == 14400
    error_message = "Alarms follow the pool's size and oldest_message_alarm_minutes."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.main.redrive_policy).maxReceiveCount == 5
    error_message = "max_receive_count must reach the queue."
  }

  assert {
    condition     = local.default_tags == { Project = "video", Environment = "test", ManagedBy = "terraform", Team = "video" } && local.images["batch-processor"] == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/image:1.2.3"
    error_message = "tags and image_tag must reach resources and images."
  }

  assert {
    condition     = aws_lb_listener.service.port == 9000 && aws_ecs_task_definition.service.cpu == "4096" && aws_ecs_task_definition.service.memory == "8192" && one(aws_ecs_task_definition.service.ephemeral_storage).size_in_gib == 100
    error_message = "The service's port and sizes must reach it."
  }

  assert {
    condition     = aws_appautoscaling_target.service.min_capacity == 2 && aws_appautoscaling_target.service.max_capacity == 10 && aws_appautoscaling_policy.in_flight.target_tracking_scaling_policy_configuration[0].target_value == 3
    error_message = "Tasks and analyses at once must reach autoscaling."
  }

  assert {
    condition     = aws_db_instance.main[0].instance_class == "db.r7g.large" && aws_db_instance.main[0].allocated_storage == 200 && aws_db_instance.main[0].max_allocated_storage == 2000 && aws_db_instance.main[0].multi_az && aws_db_instance.main[0].backup_retention_period == 14 && aws_db_instance.main[0].engine_version == "16.9"
    error_message = "The database's sizes must reach it."
  }

  assert {
    condition     = alltrue([for group in aws_cloudwatch_log_group.part : group.retention_in_days == 365]) && aws_sns_topic_subscription.alarms[0].endpoint == "team@example.com"
    error_message = "Retention and the alarms' address must reach CloudWatch and SNS."
  }

  assert {
    condition     = aws_vpc.main[0].cidr_block == "10.9.0.0/16" && aws_subnet.private["eu-central-1a"].cidr_block == "10.9.32.0/20"
    error_message = "Subnets are cut from vpc_cidr."
  }
}

run "reconcile" {
  command = plan

  variables {
    reconcile_schedule = "rate(1 day)"
    delete_with_source = true
    video_extensions   = [".mp4", ".mov"]
  }

  override_resource {
    target          = aws_batch_job_queue.reconcile
    values          = { arn = "arn:aws:batch:eu-central-1:123456789012:job-queue/reconcile" }
    override_during = plan
  }

  override_resource {
    target          = aws_batch_job_queue.main
    values          = { arn = "arn:aws:batch:eu-central-1:123456789012:job-queue/main" }
    override_during = plan
  }

  override_resource {
    target          = aws_iam_role.reconcile
    values          = { arn = "arn:aws:iam::123456789012:role/reconcile" }
    override_during = plan
  }

  override_resource {
    target          = aws_iam_role.execution
    values          = { arn = "arn:aws:iam::123456789012:role/execution" }
    override_during = plan
  }

  override_resource {
    target          = aws_secretsmanager_secret.internal_token
    values          = { arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:token" }
    override_during = plan
  }

  override_resource {
    target          = aws_lb.service
    values          = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/lb/0123456789abcdef", dns_name = "lb.internal" }
    override_during = plan
  }

  override_resource {
    target          = aws_db_instance.main
    values          = { master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:db" }] }
    override_during = plan
  }

  assert {
    condition     = aws_scheduler_schedule.reconcile[0].schedule_expression == "rate(1 day)" && aws_scheduler_schedule.reconcile[0].target[0].arn == "arn:aws:scheduler:::aws-sdk:batch:submitJob" && jsondecode(aws_scheduler_schedule.reconcile[0].target[0].input) == { JobName = "reconcile", JobQueue = "capstone-test-reconcile", JobDefinition = "capstone-test-reconcile" }
    error_message = "The schedule must submit the job to its own queue."
  }

  assert {
    condition     = jsondecode(aws_batch_job_definition.reconcile[0].container_properties).command == ["reconcile", "--extension", ".mp4", "--extension", ".mov"] && jsondecode(aws_batch_job_definition.reconcile[0].container_properties).jobRoleArn == "arn:aws:iam::123456789012:role/reconcile"
    error_message = "The job compares the videos that uploads tell of, in a role of its own."
  }

  assert {
    condition     = contains(jsondecode(aws_cloudwatch_event_rule.job_failed.event_pattern).detail.jobQueue, "arn:aws:batch:eu-central-1:123456789012:job-queue/reconcile")
    error_message = "A reconciliation that needs a person must ring."
  }

  assert {
    condition     = local.service_environment["DELETE_WITH_SOURCE"] == "true"
    error_message = "delete_with_source must reach the service."
  }
}

run "aurora" {
  command = plan

  variables {
    database_engine   = "aurora"
    database_multi_az = true
  }

  assert {
    condition     = length(aws_db_instance.main) == 0 && length(aws_rds_cluster.main) == 1 && length(aws_rds_cluster_instance.main) == 2 && aws_rds_cluster.main[0].storage_encrypted
    error_message = "Aurora with two instances instead of RDS."
  }

  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.metric), "database-storage")
    error_message = "Aurora's storage cannot run full: no alarm."
  }
}

run "front_end" {
  command = plan

  variables {
    frontend = true
    waf      = true
  }

  assert {
    condition     = one(aws_cloudfront_distribution.frontend[*].enabled) && length(aws_wafv2_web_acl.frontend) == 1 && aws_s3_bucket_public_access_block.frontend[0].block_public_policy
    error_message = "A private bucket behind CloudFront and a web ACL."
  }
}
