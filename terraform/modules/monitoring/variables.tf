variable "project" {
  description = "Project whose metrics are watched."
  type        = string
}

variable "name" {
  description = "Of the dashboard, and before the titles of alerts."
  type        = string
  default     = "Neural Engine"
}

variable "emails" {
  description = "Who is told."
  type        = set(string)
  validation {
    condition     = length(var.emails) > 0 && alltrue([for email in var.emails : can(regex("^[^@\\s]+@[^@\\s]+$", email))])
    error_message = "emails are ${join(", ", var.emails)}; expected at least one address: an alert that nobody reads is none."
  }
}

variable "channels" {
  description = "Other notification channels, by their full names: pagers, chat."
  type        = set(string)
  default     = []
}

variable "thresholds" {
  description = "By alert: another bound than that of alerts.yaml."
  type        = map(number)
  default     = {}
}

variable "silent" {
  description = "Alerts of alerts.yaml that are not made, such as devices_send_late where devices store and send later."
  type        = set(string)
  default     = []
}

variable "runbooks" {
  description = "Address of docs/operations.md, as people who are woken open it."
  type        = string
  default     = "docs/operations.md"
}

variable "budget" {
  description = "Billing account, currency and units a month after which people are told; null for none. Needs a right on the billing account."
  type        = object({ billing_account = string, currency = string, units = number })
  default     = null
  validation {
    condition     = var.budget == null ? true : var.budget.units > 0 && can(regex("^[A-Z]{3}$", var.budget.currency))
    error_message = "budget is ${jsonencode(var.budget)}; expected units above 0 of a currency such as EUR."
  }
}
