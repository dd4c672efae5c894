# Alerts, a dashboard that draws what they watch, metrics from logs, a budget.

locals {
  alerts      = yamldecode(file("${path.module}/alerts.yaml"))
  log_metrics = yamldecode(file("${path.module}/log_metrics.yaml"))
  period_s    = 60

  # Dataflow publishes counters of ours as one metric with labels for the step and the name.
  filters = {
    for name, alert in local.alerts : name => join(" AND ", concat(
      alert.source == "google" ? ["metric.type = \"${alert.metric}\"", "resource.type = \"${alert.resource}\""] : [],
      alert.source == "log" ? ["metric.type = \"logging.googleapis.com/user/${alert.name}\"", "resource.type = \"cloud_run_revision\""] : [],
      alert.source == "beam" ? [
        "metric.type = \"dataflow.googleapis.com/job/user_counter\"",
        "resource.type = \"dataflow_job\"",
        endswith(alert.name, "*") ? "metric.labels.metric_name = starts_with(\"${trimsuffix(alert.name, "*")}\")" : "metric.labels.metric_name = \"${alert.name}\"",
      ] : [],
      try([alert.filter], []),
    ))
  }
  wholes = { # of which something is a share
    for name, alert in local.alerts : name => join(" AND ", [
      "metric.type = \"dataflow.googleapis.com/job/user_counter\"",
      "resource.type = \"dataflow_job\"",
      "metric.labels.metric_name = \"${alert.of}\"",
    ]) if can(alert.of)
  }
  bounds       = { for name, alert in local.alerts : name => try(var.thresholds[name], alert.above, alert.below, 0) }
  aggregations = { for name, alert in local.alerts : name => { alignmentPeriod = "${local.period_s}s", perSeriesAligner = alert.align, crossSeriesReducer = alert.reduce } }
  made         = { for name, alert in local.alerts : name => alert if !contains(var.silent, name) }
}

resource "google_monitoring_notification_channel" "email" {
  for_each = var.emails

  project      = var.project
  display_name = "${var.name}: ${each.value}"
  type         = "email"
  labels       = { email_address = each.value }
}

locals {
  channels = concat([for channel in google_monitoring_notification_channel.email : channel.name], tolist(var.channels))
}

resource "google_monitoring_alert_policy" "alert" {
  for_each = local.made

  project               = var.project
  display_name          = "${var.name}: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = local.channels

  conditions {
    display_name = each.value.title

    dynamic "condition_threshold" {
      for_each = try(each.value.absent, false) ? [] : [each.value]
      content {
        filter             = local.filters[each.key]
        comparison         = can(each.value.below) ? "COMPARISON_LT" : "COMPARISON_GT"
        denominator_filter = try(local.wholes[each.key], null)
        threshold_value    = local.bounds[each.key]
        duration           = "${each.value.for_s}s"
        # What is not measured is not well: that data stop is an alert of its own.
        evaluation_missing_data = each.value.for_s > 0 ? "EVALUATION_MISSING_DATA_INACTIVE" : null

        aggregations {
          alignment_period     = "${local.period_s}s"
          per_series_aligner   = each.value.align
          cross_series_reducer = each.value.reduce
        }

        dynamic "denominator_aggregations" {
          for_each = can(each.value.of) ? [each.value] : []
          content {
            alignment_period     = "${local.period_s}s"
            per_series_aligner   = denominator_aggregations.value.align
            cross_series_reducer = denominator_aggregations.value.reduce
          }
        }
      }
    }

    dynamic "condition_absent" {
      for_each = try(each.value.absent, false) ? [each.value] : []
      content {
        filter   = local.filters[each.key]
        duration = "${each.value.for_s}s"

        aggregations {
          alignment_period     = "${local.period_s}s"
          per_series_aligner   = each.value.align
          cross_series_reducer = each.value.reduce
        }
      }
    }
  }

  documentation {
    mime_type = "text/markdown"
    content   = "What it means and what to do: ${var.runbooks}#${replace(replace(lower(each.value.title), "/", ""), " ", "-")}"
  }

  alert_strategy {
    auto_close = "86400s"
  }

  lifecycle {
    precondition {
      condition     = length(setsubtract(concat(keys(var.thresholds), tolist(var.silent)), keys(local.alerts))) == 0
      error_message = "thresholds or silent name ${join(", ", setsubtract(concat(keys(var.thresholds), tolist(var.silent)), keys(local.alerts)))}; expected alerts of alerts.yaml: ${join(", ", keys(local.alerts))}."
    }
  }

  depends_on = [google_logging_metric.metric]
}

resource "google_logging_metric" "metric" {
  for_each = local.log_metrics

  project          = var.project
  name             = each.key
  description      = each.value.description
  filter           = each.value.filter
  label_extractors = each.value.labels

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"

    dynamic "labels" {
      for_each = keys(each.value.labels)
      content {
        key        = labels.value
        value_type = "STRING"
      }
    }
  }
}

resource "google_monitoring_dashboard" "live" {
  project = var.project
  dashboard_json = jsonencode({
    displayName = "${var.name}: live"
    mosaicLayout = {
      columns = 48
      tiles = [
        for place, name in keys(local.alerts) : {
          xPos   = (place % 3) * 16
          yPos   = floor(place / 3) * 14
          width  = 16
          height = 14
          widget = {
            title = local.alerts[name].title
            xyChart = {
              dataSets = [{
                plotType = "LINE"
                timeSeriesQuery = {
                  for kind, query in {
                    timeSeriesFilter = { filter = local.filters[name], aggregation = local.aggregations[name] }
                    timeSeriesFilterRatio = {
                      numerator   = { filter = local.filters[name], aggregation = local.aggregations[name] }
                      denominator = { filter = try(local.wholes[name], ""), aggregation = local.aggregations[name] }
                    }
                  } : kind => query if(kind == "timeSeriesFilterRatio") == can(local.alerts[name].of)
                }
              }]
              thresholds = try(local.alerts[name].absent, false) ? [] : [{ value = local.bounds[name] }]
            }
          }
        }
      ]
    }
  })
}

resource "google_billing_budget" "budget" {
  count = var.budget == null ? 0 : 1

  billing_account = var.budget.billing_account
  display_name    = "${var.name}: ${var.project}"

  budget_filter {
    projects = ["projects/${var.project}"]
  }

  amount {
    specified_amount {
      currency_code = var.budget.currency
      units         = tostring(var.budget.units)
    }
  }

  dynamic "threshold_rules" {
    for_each = [0.5, 0.9, 1.0]
    content {
      threshold_percent = threshold_rules.value
    }
  }

  threshold_rules { # where it is going, before it is there
    threshold_percent = 1.2
    spend_basis       = "FORECASTED_SPEND"
  }

  all_updates_rule {
    monitoring_notification_channels = [for channel in google_monitoring_notification_channel.email : channel.name]
  }
}
