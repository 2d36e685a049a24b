resource "aws_ecr_repository" "image" {
  for_each = toset(["batch-processor", "analysis-service"])

  name                 = "${local.name}/${each.key}"
  image_tag_mutability = "IMMUTABLE"
  force_delete         = !var.deletion_protection

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "AES256"
  }
}

resource "aws_ecr_lifecycle_policy" "image" {
  for_each = aws_ecr_repository.image

  repository = each.value.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Keep the last 20 images: enough to go back."
      selection    = { tagStatus = "any", countType = "imageCountMoreThan", countNumber = 20 }
      action       = { type = "expire" }
    }]
  })
}

# Lambda itself pulls the trigger's image, now and whenever it starts the function anew.
data "aws_iam_policy_document" "trigger_image" {
  statement {
    sid     = "TheTriggerPulls"
    actions = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }

    condition {
      test     = "ArnLike"
      variable = "aws:SourceArn"
      values   = [for suffix in ["", ":*"] : "${local.arn_prefix}:lambda:${var.region}:${local.account}:function:${local.trigger_name}${suffix}"]
    }
  }
}

resource "aws_ecr_repository_policy" "trigger_image" {
  repository = aws_ecr_repository.image["batch-processor"].name
  policy     = data.aws_iam_policy_document.trigger_image.json
}

locals {
  images = { for name, repository in aws_ecr_repository.image : name => lookup(var.images, name, "${repository.repository_url}:${var.image_tag}") }
}
