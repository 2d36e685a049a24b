# EC2 instances with a GPU for the service's tasks, one task each. What the official image gains from one, and what an
# image must hold to use it: docs/deployment.md.
locals {
  gpu = var.service_capacity == "gpu"
}

resource "aws_iam_role" "gpu" {
  count = local.gpu ? 1 : 0

  name               = "${local.name}-gpu"
  assume_role_policy = data.aws_iam_policy_document.assume["ec2"].json
}

# What ECS's agent on an instance calls, of the managed policy AmazonEC2ContainerServiceforEC2Role: images and logs are
# the task's execution role's.
data "aws_iam_policy_document" "gpu" {
  statement {
    actions = [
      "ecs:DeregisterContainerInstance", "ecs:RegisterContainerInstance", "ecs:SubmitAttachmentStateChanges",
      "ecs:SubmitContainerStateChange", "ecs:SubmitTaskStateChange",
    ]
    resources = [aws_ecs_cluster.main.arn]
  }

  statement {
    actions   = ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"]
    resources = ["${local.arn_prefix}:ecs:${var.region}:${local.account}:container-instance/${aws_ecs_cluster.main.name}/*"]

    condition {
      test     = "ArnEquals"
      variable = "ecs:cluster"
      values   = [aws_ecs_cluster.main.arn]
    }
  }

  statement {
    # AWS knows no resource for this action.
    actions   = ["ecs:DiscoverPollEndpoint"]
    resources = ["*"]
  }
}

resource "aws_iam_role_policy" "gpu" {
  count = local.gpu ? 1 : 0

  name   = "agent"
  role   = aws_iam_role.gpu[0].id
  policy = data.aws_iam_policy_document.gpu.json
}

resource "aws_iam_instance_profile" "gpu" {
  count = local.gpu ? 1 : 0

  name = "${local.name}-gpu"
  role = aws_iam_role.gpu[0].name
}

resource "aws_launch_template" "gpu" {
  count = local.gpu ? 1 : 0

  name_prefix   = "${local.name}-gpu-"
  description   = "ECS's own image with NVIDIA's driver"
  instance_type = var.gpu_instance_type
  # Read at each launch: a new instance gets the newest image, and no plan changes when AWS publishes one.
  image_id               = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended/image_id"
  update_default_version = true
  vpc_security_group_ids = [aws_security_group.part["gpu"].id]

  iam_instance_profile {
    arn = aws_iam_instance_profile.gpu[0].arn
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      # The image itself takes 30.
      volume_size           = 30 + var.service_storage_gib
      volume_type           = "gp3"
      encrypted             = true
      delete_on_termination = true
    }
  }

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  user_data = base64encode(<<-TEXT
    #!/bin/sh
    cat >>/etc/ecs/ecs.config <<'CONFIG'
    ECS_CLUSTER=${aws_ecs_cluster.main.name}
    ECS_ENABLE_GPU_SUPPORT=true
    ECS_AWSVPC_BLOCK_IMDS=true
    ECS_ENABLE_SPOT_INSTANCE_DRAINING=true
    CONFIG
  TEXT
  )

  dynamic "tag_specifications" {
    for_each = toset(["instance", "volume"])

    content {
      resource_type = tag_specifications.value
      tags          = merge(local.default_tags, { Name = "${local.name}-gpu" })
    }
  }
}

resource "aws_autoscaling_group" "gpu" {
  count = local.gpu ? 1 : 0

  name_prefix           = "${local.name}-gpu-"
  vpc_zone_identifier   = local.private_subnet_ids
  min_size              = 0
  max_size              = 2 * var.service_max_tasks # a deployment starts the new tasks beside the old
  protect_from_scale_in = true                      # ECS takes an instance away when its task has ended
  force_delete          = true

  launch_template {
    id      = aws_launch_template.gpu[0].id
    version = aws_launch_template.gpu[0].latest_version
  }

  # default_tags do not reach an auto scaling group. ECS adds AmazonECSManaged itself: named here, so that a plan
  # does not take it away.
  dynamic "tag" {
    for_each = merge(local.default_tags, { AmazonECSManaged = "true" })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = tag.key == "AmazonECSManaged"
    }
  }

  lifecycle {
    create_before_destroy = true
    ignore_changes        = [desired_capacity]
  }

  depends_on = [aws_iam_role_policy.gpu]
}

resource "aws_ecs_capacity_provider" "gpu" {
  count = local.gpu ? 1 : 0

  name = "${local.name}-gpu"

  auto_scaling_group_provider {
    auto_scaling_group_arn         = aws_autoscaling_group.gpu[0].arn
    managed_termination_protection = "ENABLED"

    managed_scaling {
      status          = "ENABLED"
      target_capacity = 100
    }
  }
}
