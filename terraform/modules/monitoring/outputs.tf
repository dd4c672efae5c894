output "alerts" {
  description = "By name: the alert's full name."
  value       = { for name, alert in google_monitoring_alert_policy.alert : name => alert.name }
}

output "channels" {
  description = "Who is told, as other alerts take it."
  value       = local.channels
}
