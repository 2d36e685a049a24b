terraform {
  # 1.11: write-only arguments keep the internal token out of the state.
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = merge({ Project = var.project, Environment = var.environment, ManagedBy = "terraform" }, var.tags)
  }
}
