# Values that are refused before anything is made. A run takes seconds and each of its variables must be refused, so each
# holds as many as do not depend on one another.

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

variables {
  environment = "test"
  region      = "eu-central-1"
}

run "names_and_forms" {
  command = plan

  variables {
    environment             = "prod-1"
    region                  = "Frankfurt"
    vpc_cidr                = "10.0.0.0/30"
    private_subnet_ids      = ["subnet-1"]
    nat_gateways            = "two"
    raw_bucket_name         = "My_Videos"
    video_extensions        = ["mp4"]
    upload_origins          = ["app.example.com/upload"]
    image_tag               = "sha256:0123"
    images                  = { service = "repository:1" }
    service_capacity        = "ec2"
    gpu_instance_type       = "m7i.large"
    service_memory          = 512
    service_environment     = { DATABASE_URL = "x" }
    detector_model          = "https://example.com/model.onnx"
    depth_model             = "s3://my-models/*/midas.onnx"
    embedding_models        = ["models/embedding.json"]
    database_engine         = "mysql"
    database_version        = "15"
    database_instance_class = "t4g"
    alarm_email             = "team"
    waf                     = true
  }

  expect_failures = [
    var.environment,
    var.region,
    var.vpc_cidr,
    var.private_subnet_ids,
    var.nat_gateways,
    var.raw_bucket_name,
    var.video_extensions,
    var.upload_origins,
    var.image_tag,
    var.images,
    var.service_capacity,
    var.gpu_instance_type,
    var.service_memory,
    var.service_environment,
    var.detector_model,
    var.depth_model,
    var.embedding_models,
    var.database_engine,
    var.database_version,
    var.database_instance_class,
    var.alarm_email,
    var.waf,
  ]
}

run "numbers_too_small" {
  command = plan

  variables {
    project                      = "Big Name"
    vpc_id                       = "vpc-0123456789abcdef0"
    private_subnet_ids           = ["subnet-0a", "subnet-0b"]
    public_task_addresses        = true
    detector                     = "Best"
    raw_expiration_days          = 0
    visibility_timeout_seconds   = 10
    max_receive_count            = 0
    batch_max_vcpus              = 0
    job_timeout_seconds          = 5
    job_attempts                 = 0
    messages_per_job             = 0
    max_jobs                     = 0
    trigger_minutes              = 1
    reconcile_schedule           = "daily"
    trigger_concurrency          = 0
    service_port                 = 80
    service_cpu                  = 1000
    service_storage_gib          = 20
    service_min_tasks            = 0
    analyses_per_task            = 0
    internal_token_version       = 0
    database_storage_gib         = 5
    database_backup_days         = 0
    log_retention_days           = 31
    oldest_message_alarm_minutes = 1
  }

  expect_failures = [
    var.project,
    var.public_task_addresses,
    var.detector,
    var.raw_expiration_days,
    var.visibility_timeout_seconds,
    var.max_receive_count,
    var.batch_max_vcpus,
    var.job_timeout_seconds,
    var.job_attempts,
    var.messages_per_job,
    var.max_jobs,
    var.trigger_minutes,
    var.reconcile_schedule,
    var.trigger_concurrency,
    var.service_port,
    var.service_cpu,
    var.service_storage_gib,
    var.service_min_tasks,
    var.analyses_per_task,
    var.internal_token_version,
    var.database_storage_gib,
    var.database_backup_days,
    var.log_retention_days,
    var.oldest_message_alarm_minutes,
  ]
}

run "numbers_too_large" {
  command = plan

  variables {
    project                    = "a--b"
    vpc_id                     = "my-vpc"
    private_subnet_ids         = ["subnet-0a", "subnet-0b"]
    visibility_timeout_seconds = 43201
    max_receive_count          = 1001
    job_attempts               = 11
    max_jobs                   = 1001
    trigger_minutes            = 61
    service_port               = 65536
    service_cpu                = 4096
    service_memory             = 31744
    service_storage_gib        = 500
    analyses_per_task          = 65
    database_storage_gib       = 7000
    database_backup_days       = 36
  }

  expect_failures = [
    var.project,
    var.vpc_id,
    var.visibility_timeout_seconds,
    var.max_receive_count,
    var.job_attempts,
    var.max_jobs,
    var.trigger_minutes,
    var.service_port,
    var.service_memory,
    var.service_storage_gib,
    var.analyses_per_task,
    var.database_storage_gib,
    var.database_backup_days,
  ]
}

run "values_that_do_not_fit_together" {
  command = plan

  variables {
    project               = "twenty-letters-long"
    environment           = "production"
    nat_gateways          = "one"
    public_task_addresses = true
    service_capacity      = "gpu"
    video_extensions      = [".mp4", ".mp4"]
    images                = { analysis-service = "repository" }
    service_cpu           = 8192
    service_memory        = 17408
    service_min_tasks     = 3
    service_max_tasks     = 2
    service_environment   = { PORT = "80" }
    detector_model        = "s3://my-models/manifest.json"
  }

  expect_failures = [
    var.environment,
    var.nat_gateways,
    var.service_capacity,
    var.video_extensions,
    var.images,
    var.service_memory,
    var.service_max_tasks,
    var.service_environment,
    var.detector_model,
  ]
}

run "no_way_out" {
  command = plan

  variables {
    nat_gateways   = "none"
    detector       = "hog"
    detector_model = "/models/nano.json"
  }

  expect_failures = [
    var.nat_gateways,
    var.detector,
  ]
}
