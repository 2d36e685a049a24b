# --- Names ---------------------------------------------------------------------------------------------------------

variable "project" {
  description = "First part of every name."
  type        = string
  default     = "capstone"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.project))
    error_message = "project must be 2 to 20 lower-case letters, digits or hyphens, and begin with a letter."
  }
}

variable "environment" {
  description = "Second part of every name, such as dev or prod."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.environment))
    error_message = "environment must be 2 to 12 lower-case letters or digits, and begin with a letter."
  }
}

variable "region" {
  description = "AWS region of everything but the front end's web ACL, which AWS wants in us-east-1."
  type        = string

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of an AWS region, such as eu-central-1."
  }
}

variable "tags" {
  description = "Tags of every resource, beside Project, Environment and ManagedBy."
  type        = map(string)
  default     = {}
}

variable "deletion_protection" {
  description = "Keep the database and the load balancer from being deleted, and the bucket from being destroyed with videos in it."
  type        = bool
  default     = true
}

# --- Network -------------------------------------------------------------------------------------------------------

variable "vpc_id" {
  description = "An existing VPC; null makes one."
  type        = string
  default     = null

  validation {
    condition     = var.vpc_id == null || can(regex("^vpc-[0-9a-f]+$", var.vpc_id))
    error_message = "vpc_id must be the id of a VPC, vpc-..., or null."
  }
}

variable "private_subnet_ids" {
  description = "Private subnets in two availability zones of the existing VPC, with a way out (NAT or endpoints)."
  type        = list(string)
  default     = []

  validation {
    condition     = var.vpc_id == null ? length(var.private_subnet_ids) == 0 : length(var.private_subnet_ids) >= 2
    error_message = "private_subnet_ids must name at least two subnets with vpc_id, and none without it."
  }
}

variable "vpc_cidr" {
  description = "Addresses of the VPC that is made."
  type        = string
  default     = "10.42.0.0/16"

  validation {
    condition     = can(cidrsubnet(var.vpc_cidr, 4, 3))
    error_message = "vpc_cidr must be an IPv4 block of /24 or larger, such as 10.42.0.0/16."
  }
}

variable "nat_gateway_per_zone" {
  description = "One NAT gateway for each availability zone instead of one in all: a zone's failure then leaves the other its way out."
  type        = bool
  default     = false
}

variable "interface_endpoints" {
  description = "Interface endpoints for SQS, ECR, CloudWatch Logs, Secrets Manager and Batch, so that this traffic stays inside the VPC."
  type        = bool
  default     = false
}

# --- Raw bucket and queues -----------------------------------------------------------------------------------------

variable "raw_bucket_name" {
  description = "Name of the raw bucket; null for PROJECT-ENVIRONMENT-raw-ACCOUNT, since bucket names are shared by all of AWS."
  type        = string
  default     = null
}

variable "video_extensions" {
  description = "Endings of the keys under videos/ that are analysed. S3 compares them exactly, letter case included."
  type        = list(string)
  default     = [".mp4", ".MP4", ".mov", ".MOV", ".mkv", ".avi", ".webm", ".ts"]

  validation {
    condition     = length(var.video_extensions) > 0 && alltrue([for extension in var.video_extensions : can(regex("^\\.[A-Za-z0-9]+$", extension))])
    error_message = "video_extensions must hold endings such as .mp4."
  }
}

variable "upload_origins" {
  description = "Origins of web pages that may upload to the raw bucket by presigned URL, such as https://app.example.com."
  type        = list(string)
  default     = []
}

variable "raw_expiration_days" {
  description = "Days after which videos are removed from the raw bucket; null keeps them."
  type        = number
  default     = null

  validation {
    condition     = var.raw_expiration_days == null || try(var.raw_expiration_days >= 1, false)
    error_message = "raw_expiration_days must be at least 1, or null."
  }
}

variable "visibility_timeout_seconds" {
  description = "How long a received message stays hidden; drain extends it at half this time."
  type        = number
  default     = 300

  validation {
    condition     = var.visibility_timeout_seconds >= 30 && var.visibility_timeout_seconds <= 43200
    error_message = "visibility_timeout_seconds must be 30 to 43200."
  }
}

variable "max_receive_count" {
  description = "Receives of a message before it goes to the dead-letter queue."
  type        = number
  default     = 3

  validation {
    condition     = var.max_receive_count >= 1 && var.max_receive_count <= 1000
    error_message = "max_receive_count must be 1 to 1000."
  }
}

# --- Images --------------------------------------------------------------------------------------------------------

variable "image_tag" {
  description = "Tag of both images in their ECR repositories."
  type        = string
  default     = "0.1.0"
}

# --- Batch and trigger ---------------------------------------------------------------------------------------------

variable "batch_spot" {
  description = "Run the jobs on Fargate Spot. An interrupted job is started again, its messages come back."
  type        = bool
  default     = true
}

variable "batch_max_vcpus" {
  description = "vCPUs of all jobs together."
  type        = number
  default     = 4
}

variable "job_timeout_seconds" {
  description = "A job that runs longer is ended; what it had received comes back."
  type        = number
  default     = 21600

  validation {
    condition     = var.job_timeout_seconds >= 60
    error_message = "job_timeout_seconds must be at least 60."
  }
}

variable "job_attempts" {
  description = "Attempts of a job whose host went away."
  type        = number
  default     = 3

  validation {
    condition     = var.job_attempts >= 1 && var.job_attempts <= 10
    error_message = "job_attempts must be 1 to 10."
  }
}

variable "messages_per_job" {
  description = "Waiting messages that are worth one more job."
  type        = number
  default     = 20

  validation {
    condition     = var.messages_per_job >= 1
    error_message = "messages_per_job must be at least 1."
  }
}

variable "max_jobs" {
  description = "Jobs at once."
  type        = number
  default     = 4

  validation {
    condition     = var.max_jobs >= 1
    error_message = "max_jobs must be at least 1."
  }
}

variable "trigger_minutes" {
  description = "Minutes between two looks at the queue, beside those that uploads cause."
  type        = number
  default     = 5

  validation {
    condition     = var.trigger_minutes >= 2 && var.trigger_minutes <= 60
    error_message = "trigger_minutes must be 2 to 60."
  }
}

# --- Service -------------------------------------------------------------------------------------------------------

variable "service_port" {
  description = "Port of the load balancer and of the service."
  type        = number
  default     = 8087
}

variable "service_cpu" {
  description = "CPU units of a task; 1024 are one vCPU."
  type        = number
  default     = 2048

  validation {
    condition     = contains([1024, 2048, 4096, 8192, 16384], var.service_cpu)
    error_message = "service_cpu must be 1024, 2048, 4096, 8192 or 16384."
  }
}

variable "service_memory" {
  description = "MiB of memory of a task, in a combination with service_cpu that Fargate knows."
  type        = number
  default     = 4096
}

variable "service_storage_gib" {
  description = "GiB of a task's ephemeral storage: the videos under analysis and their rows before they are stored."
  type        = number
  default     = 50

  validation {
    condition     = var.service_storage_gib >= 21 && var.service_storage_gib <= 200
    error_message = "service_storage_gib must be 21 to 200."
  }
}

variable "service_min_tasks" {
  description = "Tasks of the service at least."
  type        = number
  default     = 1
}

variable "service_max_tasks" {
  description = "Tasks of the service at most."
  type        = number
  default     = 4
}

variable "analyses_per_task" {
  description = "Analyses at once in one task (MAX_CONCURRENT_ANALYSES)."
  type        = number
  default     = 2
}

variable "service_environment" {
  description = "Further variables of the service, such as ANALYSIS_FPS. Not for secrets."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.service_environment) : !can(regex("(?i)(secret|token|password|DATABASE_URL)", name))])
    error_message = "service_environment must hold no secret: they belong into Secrets Manager."
  }
}

# --- Database ------------------------------------------------------------------------------------------------------

variable "database_engine" {
  description = "postgres for RDS, aurora for Aurora PostgreSQL."
  type        = string
  default     = "postgres"

  validation {
    condition     = contains(["postgres", "aurora"], var.database_engine)
    error_message = "database_engine must be postgres or aurora."
  }
}

variable "database_instance_class" {
  description = "Instance class of the database."
  type        = string
  default     = "db.t4g.medium"

  validation {
    condition     = startswith(var.database_instance_class, "db.")
    error_message = "database_instance_class must be a class of RDS, such as db.t4g.medium."
  }
}

variable "database_storage_gib" {
  description = "GiB of storage at first; it grows to ten times that by itself. Aurora's storage needs no size."
  type        = number
  default     = 50

  validation {
    condition     = var.database_storage_gib >= 20 && var.database_storage_gib <= 6553
    error_message = "database_storage_gib must be 20 to 6553."
  }
}

variable "database_multi_az" {
  description = "A standby (RDS) or a second instance (Aurora) in another availability zone."
  type        = bool
  default     = false
}

variable "database_backup_days" {
  description = "Days for which backups are kept."
  type        = number
  default     = 7

  validation {
    condition     = var.database_backup_days >= 1 && var.database_backup_days <= 35
    error_message = "database_backup_days must be 1 to 35."
  }
}

# --- Observation ---------------------------------------------------------------------------------------------------

variable "log_retention_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 30

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731], var.log_retention_days)
    error_message = "log_retention_days must be one of the retentions of CloudWatch Logs, such as 30 or 365."
  }
}

variable "alarm_email" {
  description = "Address that hears of alarms; null for none. AWS asks it for a confirmation."
  type        = string
  default     = null
}

# --- Optional parts ------------------------------------------------------------------------------------------------

variable "frontend" {
  description = "A private bucket behind CloudFront for a front end."
  type        = bool
  default     = false
}

variable "waf" {
  description = "A web ACL with AWS's managed rules before the front end."
  type        = bool
  default     = false

  validation {
    condition     = !var.waf || var.frontend
    error_message = "waf protects the front end: it needs frontend = true."
  }
}
