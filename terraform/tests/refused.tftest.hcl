# Values that are refused before anything is made.

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

run "project" {
  command = plan

  variables {
    project = "Big Name"
  }

  expect_failures = [var.project]
}

run "environment" {
  command = plan

  variables {
    environment = "prod-1"
  }

  expect_failures = [var.environment]
}

run "region" {
  command = plan

  variables {
    region = "Frankfurt"
  }

  expect_failures = [var.region]
}

run "vpc_id" {
  command = plan

  variables {
    vpc_id             = "my-vpc"
    private_subnet_ids = ["subnet-0a", "subnet-0b"]
  }

  expect_failures = [var.vpc_id]
}

run "private_subnet_ids" {
  command = plan

  variables {
    private_subnet_ids = ["subnet-1"]
  }

  expect_failures = [var.private_subnet_ids]
}

run "vpc_cidr" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.0/30"
  }

  expect_failures = [var.vpc_cidr]
}

run "video_extensions" {
  command = plan

  variables {
    video_extensions = ["mp4"]
  }

  expect_failures = [var.video_extensions]
}

run "raw_expiration_days" {
  command = plan

  variables {
    raw_expiration_days = 0
  }

  expect_failures = [var.raw_expiration_days]
}

run "visibility_timeout_seconds" {
  command = plan

  variables {
    visibility_timeout_seconds = 10
  }

  expect_failures = [var.visibility_timeout_seconds]
}

run "max_receive_count" {
  command = plan

  variables {
    max_receive_count = 0
  }

  expect_failures = [var.max_receive_count]
}

run "job_timeout_seconds" {
  command = plan

  variables {
    job_timeout_seconds = 5
  }

  expect_failures = [var.job_timeout_seconds]
}

run "job_attempts" {
  command = plan

  variables {
    job_attempts = 11
  }

  expect_failures = [var.job_attempts]
}

run "messages_per_job" {
  command = plan

  variables {
    messages_per_job = 0
  }

  expect_failures = [var.messages_per_job]
}

run "max_jobs" {
  command = plan

  variables {
    max_jobs = 0
  }

  expect_failures = [var.max_jobs]
}

run "trigger_minutes" {
  command = plan

  variables {
    trigger_minutes = 1
  }

  expect_failures = [var.trigger_minutes]
}

run "service_cpu" {
  command = plan

  variables {
    service_cpu = 1000
  }

  expect_failures = [var.service_cpu]
}

run "service_storage_gib" {
  command = plan

  variables {
    service_storage_gib = 500
  }

  expect_failures = [var.service_storage_gib]
}

run "service_environment" {
  command = plan

  variables {
    service_environment = { DATABASE_URL = "x" }
  }

  expect_failures = [var.service_environment]
}

run "database_engine" {
  command = plan

  variables {
    database_engine = "mysql"
  }

  expect_failures = [var.database_engine]
}

run "database_instance_class" {
  command = plan

  variables {
    database_instance_class = "t4g"
  }

  expect_failures = [var.database_instance_class]
}

run "database_storage_gib" {
  command = plan

  variables {
    database_storage_gib = 5
  }

  expect_failures = [var.database_storage_gib]
}

run "database_backup_days" {
  command = plan

  variables {
    database_backup_days = 0
  }

  expect_failures = [var.database_backup_days]
}

run "log_retention_days" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "waf" {
  command = plan

  variables {
    waf = true
  }

  expect_failures = [var.waf]
}
