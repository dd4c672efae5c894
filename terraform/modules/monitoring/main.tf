# Alerts, dashboards, metrics from logs, a budget.

locals {
  alerts      = yamldecode(file("${path.module}/alerts.yaml"))
  charts      = yamldecode(file("${path.module}/charts.yaml"))
  log_metrics = yamldecode(file("${path.module}/log_metrics.yaml"))
  period_s    = 60

  # Cloud Monitoring has the counters of Beam as a gauge, dataflow.googleapis.com/job/user_counter: no aligner makes a rate of
  # it, PromQL does. Its values come up to five minutes late. What was not there before began at 0: a job that has just begun.
  counter = "{__name__=\"dataflow.googleapis.com/job/user_counter\",monitored_resource=\"dataflow_job\",metric_name=~\"$${1}\"}"
  now     = "last_over_time(${local.counter}[10m])"
  growth  = "${local.now} - (last_over_time(${local.counter}[10m] offset $${2}s) or ${local.now} * 0)"
  logged = {
    for suffix in ["", "_sum", "_count"] : suffix =>
    "sum(increase({__name__=\"logging.googleapis.com/user/$${1}${suffix}\",monitored_resource=\"cloud_run_revision\"}[$${2}s]))"
  }
  words = { # of alerts.yaml and charts.yaml
    grown   = "sum(${local.growth})"
    counted = local.logged[""]
    summed  = local.logged["_sum"]
    mean    = "(${local.logged["_sum"]} / ${local.logged["_count"]})"
    p95     = "histogram_quantile(0.95, sum by (le) (label_replace(${replace(local.growth, "$${1}", "$${1}-ms-le-.*")}, \"le\", \"$$1\", \"metric_name\", \".*-ms-le-(.*)\")))"
  }
  texts = merge(
    { for name, alert in local.alerts : "alert ${name}" => alert.query if alert.source == "promql" },
    merge([for chart in local.charts : { for line, query in chart.lines : "${chart.title} ${line}" => query }]...),
  )
  spoken  = { for key, text in local.texts : key => replace(text, "/grown\\(([^(),]+), (\\d+)\\)/", local.words.grown) }
  counted = { for key, text in local.spoken : key => replace(text, "/counted\\(([^(),]+), (\\d+)\\)/", local.words.counted) }
  summed  = { for key, text in local.counted : key => replace(text, "/summed\\(([^(),]+), (\\d+)\\)/", local.words.summed) }
  means   = { for key, text in local.summed : key => replace(text, "/mean\\(([^(),]+), (\\d+)\\)/", local.words.mean) }
  queries = { for key, text in local.means : key => replace(text, "/p95\\(([^(),]+), (\\d+)\\)/", local.words.p95) }

  google  = { for name, alert in local.alerts : name => alert if alert.source == "google" }
  filters = { for name, alert in local.google : name => join(" AND ", concat(["metric.type = \"${alert.metric}\"", "resource.type = \"${alert.resource}\""], try([alert.filter], []))) }
  bounds  = { for name, alert in local.alerts : name => try(var.thresholds[name], alert.above, alert.below, null) }
  made    = { for name, alert in local.alerts : name => alert if !contains(var.silent, name) }

  # How each alert is drawn, and each line of charts.yaml.
  drawn = {
    for name, alert in local.alerts : name => [{
      plotType = "LINE"
      timeSeriesQuery = {
        for kind, query in {
          prometheusQuery = try(local.queries["alert ${name}"], null)
          timeSeriesFilter = try({
            filter      = local.filters[name]
            aggregation = { alignmentPeriod = "${local.period_s}s", perSeriesAligner = alert.align, crossSeriesReducer = alert.reduce }
          }, null)
        } : kind => query if query != null
      }
    }]
  }
  lines = [
    for chart in local.charts : [
      for line in keys(chart.lines) : {
        plotType        = "LINE"
        legendTemplate  = line
        timeSeriesQuery = { prometheusQuery = local.queries["${chart.title} ${line}"] }
      }
    ]
  ]
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
      for_each = each.value.source == "google" ? [each.value] : []
      content {
        filter          = local.filters[each.key]
        comparison      = can(each.value.below) ? "COMPARISON_LT" : "COMPARISON_GT"
        threshold_value = local.bounds[each.key]
        duration        = "${each.value.for_s}s"
        # What is not measured is not well: that data stop is an alert of its own.
        evaluation_missing_data = each.value.for_s > 0 ? "EVALUATION_MISSING_DATA_INACTIVE" : null

        aggregations {
          alignment_period     = "${local.period_s}s"
          per_series_aligner   = each.value.align
          cross_series_reducer = each.value.reduce
        }
      }
    }

    dynamic "condition_prometheus_query_language" {
      for_each = each.value.source == "promql" ? [each.value] : []
      content {
        query                     = join(" ", concat([local.queries["alert ${each.key}"]], local.bounds[each.key] == null ? [] : [can(each.value.below) ? "<" : ">", tostring(local.bounds[each.key])]))
        duration                  = "${each.value.for_s}s"
        evaluation_interval       = "${local.period_s}s"
        disable_metric_validation = true # there are none before the first job
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
  value_extractor  = try(each.value.value, null)

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = can(each.value.value) ? "DISTRIBUTION" : "INT64"

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
              dataSets   = local.drawn[name]
              thresholds = local.bounds[name] == null ? [] : [{ value = local.bounds[name] }]
            }
          }
        }
      ]
    }
  })
}

resource "google_monitoring_dashboard" "operations" {
  project = var.project
  dashboard_json = jsonencode({
    displayName = "${var.name}: operations"
    mosaicLayout = {
      columns = 48
      tiles = [
        for place, chart in local.charts : {
          xPos   = (place % 2) * 24
          yPos   = floor(place / 2) * 16
          width  = 24
          height = 16
          widget = {
            title   = chart.title
            xyChart = { dataSets = local.lines[place] }
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
