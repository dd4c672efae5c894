output "schedules" {
  description = "By name: when it runs."
  value       = merge({ for name, its in var.commands : name => its.schedule }, { for name, its in var.launches : name => its.schedule })
}
