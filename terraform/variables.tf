# --- Names ---------------------------------------------------------------------------------------------------------

variable "project" {
  description = "First part of every name."
  type        = string
  default     = "capstone"

  validation {
    condition     = can(regex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$", var.project)) && length(var.project) >= 2 && length(var.project) <= 20
    error_message = "project must be 2 to 20 lower-case letters or digits, with single hyphens between them, and begin with a letter."
  }
}

variable "environment" {
  description = "Second part of every name, such as dev or prod."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{1,11}$", var.environment))
    error_message = "environment must be 2 to 12 lower-case letters or digits, and begin with a letter."
  }

  validation {
    condition     = length("${var.project}-${var.environment}") <= 24
    error_message = "project and environment must have 23 characters together at most: a load balancer's name has 32."
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

variable "nat_gateways" {
  description = "one, one_per_zone (a zone's failure then leaves the other its way out) or none (interface_endpoints or public_task_addresses take its place)."
  type        = string
  default     = "one"

  validation {
    condition     = contains(["one", "one_per_zone", "none"], var.nat_gateways)
    error_message = "nat_gateways must be one, one_per_zone or none."
  }

  validation {
    condition     = var.nat_gateways != "none" || var.vpc_id != null || var.interface_endpoints || var.public_task_addresses
    error_message = "Without a NAT gateway the tasks need another way to AWS's APIs: interface_endpoints or public_task_addresses."
  }

  validation {
    condition     = var.nat_gateways == "none" || !var.public_task_addresses
    error_message = "public_task_addresses takes the place of NAT gateways: set nat_gateways = \"none\"."
  }
}

variable "interface_endpoints" {
  description = "Interface endpoints for SQS, ECR, CloudWatch Logs and Secrets Manager, so that this traffic stays inside the VPC."
  type        = bool
  default     = false
}

variable "public_task_addresses" {
  description = "Run jobs and the service's tasks in the public subnets with addresses of their own, which security groups close to the world: the cheapest way to AWS's APIs."
  type        = bool
  default     = false

  validation {
    condition     = !var.public_task_addresses || var.vpc_id == null
    error_message = "public_task_addresses needs the VPC that is made here: an existing one names its private subnets alone."
  }
}

variable "bastion" {
  description = "A small instance without open ports that forwards psql to the database, through Systems Manager."
  type        = bool
  default     = false
}

# --- Raw bucket and queues -----------------------------------------------------------------------------------------

variable "raw_bucket_name" {
  description = "Name of the raw bucket; null for PROJECT-ENVIRONMENT-raw-ACCOUNT, since bucket names are shared by all of AWS."
  type        = string
  default     = null

  validation {
    condition     = var.raw_bucket_name == null || can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.raw_bucket_name))
    error_message = "raw_bucket_name must be 3 to 63 lower-case letters, digits, hyphens or dots, or null."
  }
}

variable "video_extensions" {
  description = "Endings of the keys under videos/ that are analysed. S3 compares them exactly, letter case included."
  type        = list(string)
  default     = [".mp4", ".MP4", ".mov", ".MOV", ".mkv", ".avi", ".webm", ".ts"]

  validation {
    condition     = length(var.video_extensions) > 0 && alltrue([for extension in var.video_extensions : can(regex("^\\.[A-Za-z0-9]+$", extension))])
    error_message = "video_extensions must hold endings such as .mp4."
  }

  validation {
    condition     = length(distinct(var.video_extensions)) == length(var.video_extensions)
    error_message = "video_extensions must name each ending once: S3 refuses two notifications for one key."
  }
}

variable "upload_origins" {
  description = "Origins of web pages that may upload to the raw bucket by presigned URL, such as https://app.example.com."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for origin in var.upload_origins : can(regex("^https?://[A-Za-z0-9.-]+(:[0-9]+)?$", origin))])
    error_message = "upload_origins must hold origins such as https://app.example.com, without a path."
  }
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

  validation {
    condition     = can(regex("^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$", var.image_tag))
    error_message = "image_tag must be a tag such as 0.1.0."
  }
}

variable "images" {
  description = "Whole references (repository:tag or repository@sha256:...) that take the place of image_tag, by image: batch-processor, analysis-service. ECR repositories of this stack; nothing else may be pulled."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.images) : contains(["batch-processor", "analysis-service"], name)])
    error_message = "images knows batch-processor and analysis-service."
  }

  validation {
    condition     = alltrue([for reference in values(var.images) : can(regex("^[^ @:]+(:[A-Za-z0-9_][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})$", reference))])
    error_message = "images must hold references such as REPOSITORY:1.0.0 or REPOSITORY@sha256:..."
  }
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

  validation {
    condition     = var.batch_max_vcpus >= 1
    error_message = "batch_max_vcpus must be at least 1."
  }
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
    condition     = var.max_jobs >= 1 && var.max_jobs <= 1000
    error_message = "max_jobs must be 1 to 1000."
  }
}

variable "delete_with_source" {
  description = "Whether a video's rows go when its object is removed from the raw bucket, by whoever or by raw_expiration_days; else the video is marked."
  type        = bool
  default     = false
}

variable "reconcile_schedule" {
  description = "When a job compares the raw bucket with what is analysed and sends what was missed, such as \"rate(1 day)\" or \"cron(0 4 * * ? *)\"; null for never."
  type        = string
  default     = null

  validation {
    condition     = var.reconcile_schedule == null || can(regex("^(rate|cron)\\(.+\\)$", var.reconcile_schedule))
    error_message = "reconcile_schedule must be rate(...) or cron(...), or null."
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

variable "trigger_concurrency" {
  description = "Lambda concurrency reserved for the trigger: 1 lets one look follow the other. -1 reserves none, for a new account whose quota is too small to reserve from."
  type        = number
  default     = 1

  validation {
    condition     = contains([-1, 1], var.trigger_concurrency)
    error_message = "trigger_concurrency must be 1 or -1."
  }
}

# --- Service -------------------------------------------------------------------------------------------------------

variable "service_port" {
  description = "Port of the load balancer and of the service."
  type        = number
  default     = 8087

  validation {
    condition     = var.service_port >= 1024 && var.service_port <= 65535
    error_message = "service_port must be 1024 to 65535: the service is not root."
  }
}

variable "service_capacity" {
  description = "What the service runs on: fargate, fargate_spot (AWS may take a task back; its analyses begin anew) or gpu (EC2 instances, for an image of your own that uses a GPU)."
  type        = string
  default     = "fargate"

  validation {
    condition     = contains(["fargate", "fargate_spot", "gpu"], var.service_capacity)
    error_message = "service_capacity must be fargate, fargate_spot or gpu."
  }

  validation {
    condition     = var.service_capacity != "gpu" || !var.public_task_addresses
    error_message = "Tasks on EC2 get no public address: service_capacity = \"gpu\" needs NAT gateways or interface endpoints."
  }
}

variable "gpu_instance_type" {
  description = "EC2 instance type with service_capacity = gpu. One task runs on each: service_cpu and service_memory must fit into it."
  type        = string
  default     = "g4dn.xlarge"

  validation {
    condition     = can(regex("^g(4dn|5|6)\\.[0-9a-z]+$", var.gpu_instance_type))
    error_message = "gpu_instance_type must be of the families g4dn, g5 or g6, such as g4dn.xlarge."
  }
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
  description = "MiB of memory of a task: 2 to 8 GiB for each vCPU, in whole GiB, or in whole 4 (8) GiB with 8 (16) vCPUs."
  type        = number
  default     = 4096

  validation {
    condition = (
      var.service_memory >= 2 * var.service_cpu && var.service_memory <= min(8 * var.service_cpu, 122880) &&
      !(var.service_cpu == 4096 && var.service_memory > 30720) && !(var.service_cpu == 8192 && var.service_memory > 61440) &&
      var.service_memory % lookup({ "8192" = 4096, "16384" = 8192 }, tostring(var.service_cpu), 1024) == 0
    )
    error_message = "service_memory must be a size that Fargate has for service_cpu, such as 4096 to 16384 for 2048, in steps of 1024."
  }
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

  validation {
    condition     = var.service_min_tasks >= 1
    error_message = "service_min_tasks must be at least 1: drain asks the service, nothing starts it."
  }
}

variable "service_max_tasks" {
  description = "Tasks of the service at most."
  type        = number
  default     = 4

  validation {
    condition     = var.service_max_tasks >= var.service_min_tasks
    error_message = "service_max_tasks must not be less than service_min_tasks."
  }
}

variable "analyses_per_task" {
  description = "Analyses at once in one task (MAX_CONCURRENT_ANALYSES)."
  type        = number
  default     = 2

  validation {
    condition     = var.analyses_per_task >= 1 && var.analyses_per_task <= 64
    error_message = "analyses_per_task must be 1 to 64."
  }
}

variable "service_environment" {
  description = "Further variables of the service, such as ANALYSIS_FPS. Not for secrets."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.service_environment) : !can(regex("(?i)(secret|token|password|DATABASE_URL)", name))])
    error_message = "service_environment must hold no secret: they belong into Secrets Manager."
  }

  validation {
    condition = length(setintersection(keys(var.service_environment), [
      "DATABASE_HOST", "DATABASE_NAME", "DATABASE_PORT", "DELETE_WITH_SOURCE", "DEPTH_MODEL", "DETECTOR", "DETECTOR_MODEL",
      "EMBEDDING_MODEL", "LOG_FORMAT", "MAX_CONCURRENT_ANALYSES", "PORT", "S3_BUCKET_RAW", "WORK_DIR",
    ])) == 0
    error_message = "service_environment must not name what the stack itself sets, or what has a variable of its own."
  }
}

# --- Models --------------------------------------------------------------------------------------------------------

variable "detector" {
  description = "DETECTOR: hog or model; null takes the model if there is one."
  type        = string
  default     = null

  validation {
    condition     = var.detector == null || contains(["hog", "model"], coalesce(var.detector, "hog"))
    error_message = "detector must be hog, model or null."
  }

  validation {
    condition     = var.detector == null || (var.detector == "model") == (var.detector_model != null)
    error_message = "detector = \"model\" needs a detector_model, and hog must have none."
  }
}

variable "detector_model" {
  description = "DETECTOR_MODEL: s3:// URI of a manifest (.json) or network (.onnx), or a path in the image; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.detector_model == null || can(regex("^(s3://[a-z0-9][a-z0-9.-]+/[^*?,]+/[^*?,/]+|/[^*?,]+)\\.(json|onnx)$", var.detector_model))
    error_message = "detector_model must be s3://BUCKET/FOLDER/NAME.json (or .onnx), or an absolute path, or null."
  }
}

variable "depth_model" {
  description = "DEPTH_MODEL: a model as detector_model's; null for what the ground's geometry tells."
  type        = string
  default     = null

  validation {
    condition     = var.depth_model == null || can(regex("^(s3://[a-z0-9][a-z0-9.-]+/[^*?,]+/[^*?,/]+|/[^*?,]+)\\.(json|onnx)$", var.depth_model))
    error_message = "depth_model must be s3://BUCKET/FOLDER/NAME.json (or .onnx), or an absolute path, or null."
  }
}

variable "embedding_models" {
  description = "EMBEDDING_MODEL: models as detector_model's."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for model in var.embedding_models : can(regex("^(s3://[a-z0-9][a-z0-9.-]+/[^*?,]+/[^*?,/]+|/[^*?,]+)\\.(json|onnx)$", model))])
    error_message = "embedding_models must hold s3://BUCKET/FOLDER/NAME.json (or .onnx), or absolute paths."
  }
}

# --- Secrets -------------------------------------------------------------------------------------------------------

variable "internal_token_version" {
  description = "A higher number makes a new token for X-Internal-Token: docs/operations.md says how to change it."
  type        = number
  default     = 1

  validation {
    condition     = var.internal_token_version >= 1
    error_message = "internal_token_version must be at least 1."
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

variable "database_version" {
  description = "16, whose minor versions AWS keeps up to date, or a minor version of it, such as 16.9."
  type        = string
  default     = "16"

  validation {
    condition     = can(regex("^16(\\.[0-9]+)?$", var.database_version))
    error_message = "database_version must be 16 or a minor version of it."
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

variable "database_final_snapshot" {
  description = "Keep a snapshot, and the automated backups, of a database that is destroyed."
  type        = bool
  default     = true
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

variable "container_insights" {
  description = "CloudWatch's metrics of each ECS task, some dollars a month."
  type        = bool
  default     = true
}

variable "alarm_email" {
  description = "Address that hears of alarms; null for none. AWS asks it for a confirmation."
  type        = string
  default     = null

  validation {
    condition     = var.alarm_email == null || can(regex("^[^@ ]+@[^@ ]+[.][^@ ]+$", var.alarm_email))
    error_message = "alarm_email must be an address such as team@example.com, or null."
  }
}

variable "oldest_message_alarm_minutes" {
  description = "Age of the oldest message at which the alarm goes off; more than the longest video takes."
  type        = number
  default     = 60

  validation {
    condition     = var.oldest_message_alarm_minutes >= 5
    error_message = "oldest_message_alarm_minutes must be at least 5."
  }
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
