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

run "that_data_stop_is_noticed_by_their_absence" {
  command = plan
  assert {
    condition     = length(google_monitoring_alert_policy.alert["data_stop"].conditions[0].condition_absent) == 1 && google_monitoring_alert_policy.alert["data_stop"].conditions[0].condition_absent[0].duration == "600s"
    error_message = "data can stop and nobody notices"
  }
}

run "a_counter_of_ours_is_asked_for_as_dataflow_publishes_it" {
  command = plan
  assert {
    condition     = google_monitoring_alert_policy.alert["dead_letters"].conditions[0].condition_threshold[0].filter == "metric.type = \"dataflow.googleapis.com/job/user_counter\" AND resource.type = \"dataflow_job\" AND metric.labels.metric_name = starts_with(\"letters-\")"
    error_message = "the filter is ${google_monitoring_alert_policy.alert["dead_letters"].conditions[0].condition_threshold[0].filter}"
  }
}

run "a_95th_percentile_is_a_share_of_what_a_bound_kept" {
  command = plan
  assert {
    condition = (
      google_monitoring_alert_policy.alert["rows_come_late"].conditions[0].condition_threshold[0].comparison == "COMPARISON_LT" &&
      google_monitoring_alert_policy.alert["rows_come_late"].conditions[0].condition_threshold[0].threshold_value == 0.95 &&
      endswith(google_monitoring_alert_policy.alert["rows_come_late"].conditions[0].condition_threshold[0].denominator_filter, "metric.labels.metric_name = \"received-to-written-ms-le-inf\"")
    )
    error_message = "the alert is not on the share of rows that came in time"
  }
  assert {
    condition     = google_monitoring_alert_policy.alert["quality_is_poor"].conditions[0].condition_threshold[0].duration == "120s"
    error_message = "poor quality is not told of after two minutes"
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
