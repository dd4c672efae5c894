mock_provider "google" {}

variables {
  project = "my-project"
  emails  = ["oncall@example.org"]
}

run "somebody_is_told_of_every_alert" {
  command = apply
  assert {
    condition     = alltrue([for alert in google_monitoring_alert_policy.alert : length(alert.notification_channels) == 1 && alert.notification_channels[0] == google_monitoring_notification_channel.email["oncall@example.org"].name])
    error_message = "an alert tells nobody"
  }
  assert {
    condition     = length(google_monitoring_alert_policy.alert) == length(yamldecode(file("./alerts.yaml")))
    error_message = "an alert of alerts.yaml was not made"
  }
}

run "that_data_stop_is_noticed_while_sessions_are_open_and_nothing_comes" {
  command = plan
  assert {
    condition     = google_monitoring_alert_policy.alert["data_stop"].conditions[0].condition_prometheus_query_language[0].query == "(sum(increase({__name__=\"logging.googleapis.com/user/sessions_live_sum\",monitored_resource=\"cloud_run_revision\"}[900s])) > 0) unless on() (sum(last_over_time({__name__=\"dataflow.googleapis.com/job/user_counter\",monitored_resource=\"dataflow_job\",metric_name=~\"envelopes-SAMPLES\"}[10m]) - (last_over_time({__name__=\"dataflow.googleapis.com/job/user_counter\",monitored_resource=\"dataflow_job\",metric_name=~\"envelopes-SAMPLES\"}[10m] offset 600s) or last_over_time({__name__=\"dataflow.googleapis.com/job/user_counter\",monitored_resource=\"dataflow_job\",metric_name=~\"envelopes-SAMPLES\"}[10m]) * 0)) > 0)"
    error_message = "the query is ${google_monitoring_alert_policy.alert["data_stop"].conditions[0].condition_prometheus_query_language[0].query}"
  }
}

run "no_word_of_ours_is_left_in_a_query" {
  command = plan
  assert {
    condition     = length([for alert in google_monitoring_alert_policy.alert : alert.display_name if can(regex("grown|counted|summed|mean\\(|p95|\\$\\{", alert.conditions[0].condition_prometheus_query_language[0].query))]) == 0
    error_message = "a word was not understood"
  }
  assert {
    condition     = !can(regex("grown|counted\\(|summed|mean\\(|p95\\(|\\$\\{", google_monitoring_dashboard.operations.dashboard_json)) && strcontains(google_monitoring_dashboard.operations.dashboard_json, "\\\"le\\\", \\\"$1\\\", \\\"metric_name\\\", \\\".*-ms-le-(.*)\\\"")
    error_message = google_monitoring_dashboard.operations.dashboard_json
  }
}

run "a_share_below_its_bound_is_told" {
  command = plan
  assert {
    condition     = endswith(google_monitoring_alert_policy.alert["rows_come_late"].conditions[0].condition_prometheus_query_language[0].query, " < 0.95")
    error_message = google_monitoring_alert_policy.alert["rows_come_late"].conditions[0].condition_prometheus_query_language[0].query
  }
}

run "counts_in_a_line_of_a_log_are_summed_not_lines" {
  command = plan
  assert {
    condition     = google_logging_metric.metric["packets_refused"].value_extractor == "EXTRACT(jsonPayload.count)" && google_logging_metric.metric["packets_refused"].metric_descriptor[0].value_type == "DISTRIBUTION"
    error_message = "lines are counted"
  }
}

run "the_dashboard_draws_every_alert" {
  command = plan
  assert {
    condition     = [for tile in jsondecode(google_monitoring_dashboard.live.dashboard_json).mosaicLayout.tiles : tile.widget.title] == [for alert in values(yamldecode(file("./alerts.yaml"))) : alert.title]
    error_message = "an alert is not drawn"
  }
}

run "a_bound_can_be_another" {
  command = plan
  variables {
    thresholds = { oldest_packet_waits = 10 }
  }
  assert {
    condition     = google_monitoring_alert_policy.alert["oldest_packet_waits"].conditions[0].condition_threshold[0].threshold_value == 10
    error_message = "the bound is that of alerts.yaml"
  }
}

run "an_alert_can_be_left_out" {
  command = plan
  variables { silent = ["data_stop"] }
  assert {
    condition     = !contains(keys(google_monitoring_alert_policy.alert), "data_stop")
    error_message = "it was made"
  }
}

run "there_is_no_budget_unless_asked_for" {
  command = plan
  assert {
    condition     = length(google_billing_budget.budget) == 0
    error_message = "a budget was made"
  }
}

run "a_budget_tells_before_it_is_spent" {
  command = plan
  variables {
    budget = { billing_account = "000000-000000-000000", currency = "EUR", units = 1000 }
  }
  assert {
    condition     = google_billing_budget.budget[0].amount[0].specified_amount[0].units == "1000" && contains([for rule in google_billing_budget.budget[0].threshold_rules : rule.threshold_percent], 0.5)
    error_message = "it tells when all is spent"
  }
}

run "refuses_nobody" {
  command = plan
  variables { emails = [] }
  expect_failures = [var.emails]
}

run "refuses_bounds_of_no_alert" {
  command = plan
  variables {
    thresholds = { nothing = 1 }
  }
  expect_failures = [google_monitoring_alert_policy.alert]
}

run "refuses_a_budget_of_nothing" {
  command = plan
  variables {
    budget = { billing_account = "000000-000000-000000", currency = "EUR", units = 0 }
  }
  expect_failures = [var.budget]
}
