# One role for each part; the policies stand beside the parts.
locals {
  services = ["ec2", "ecs-tasks", "lambda", "scheduler", "vpc-flow-logs", "monitoring.rds"]
}

data "aws_iam_policy_document" "assume" {
  for_each = toset(local.services)

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["${each.key}.amazonaws.com"]
    }

    # Only on behalf of this account. Lambda and EC2 do not say on whose behalf they assume a role.
    dynamic "condition" {
      for_each = contains(["ec2", "lambda"], each.key) ? [] : [local.account]

      content {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [condition.value]
      }
    }
  }
}

# ECS's agent: pulls the image, writes the log, reads the token that it hands to the container.
resource "aws_iam_role" "execution" {
  for_each = toset(["job", "service"])

  name               = "${local.name}-${each.key}-execution"
  assume_role_policy = data.aws_iam_policy_document.assume["ecs-tasks"].json
}

data "aws_iam_policy_document" "execution" {
  for_each = { job = "batch-processor", service = "analysis-service" }

  statement {
    # AWS knows no resource for this action.
    actions   = ["ecr:GetAuthorizationToken"]
    resources = ["*"]
  }

  statement {
    actions   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    resources = [aws_ecr_repository.image[each.value].arn]
  }

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.part[each.key].arn}:*"]
  }

  statement {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [aws_secretsmanager_secret.internal_token.arn]
  }
}

resource "aws_iam_role_policy" "execution" {
  for_each = aws_iam_role.execution

  name   = "start"
  role   = each.value.id
  policy = data.aws_iam_policy_document.execution[each.key].json
}
