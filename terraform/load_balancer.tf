resource "aws_lb" "service" {
  name                       = "${local.name}-service"
  internal                   = true
  load_balancer_type         = "application"
  security_groups            = [aws_security_group.part["load_balancer"].id]
  subnets                    = local.private_subnet_ids
  drop_invalid_header_fields = true
  enable_deletion_protection = var.deletion_protection
  # Above the client's own limit of 30 s: the side that knows why gives up first.
  idle_timeout = 120
}

resource "aws_lb_target_group" "service" {
  name_prefix          = "frame-"
  port                 = var.service_port
  protocol             = "HTTP"
  target_type          = "ip"
  vpc_id               = local.vpc_id
  deregistration_delay = 60

  health_check {
    path                = "/ready"
    matcher             = "200"
    interval            = 15
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_lb_listener" "service" {
  load_balancer_arn = aws_lb.service.arn
  port              = var.service_port
  protocol          = "HTTP"

  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.service.arn
  }
}

locals {
  endpoint = "http://${aws_lb.service.dns_name}:${var.service_port}"
}
