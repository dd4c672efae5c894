output "emails" {
  description = "By component: the account's address."
  value       = { for component, account in google_service_account.component : component => account.email }
}

output "members" {
  description = "By component: the account as a member of a policy."
  value       = { for component, account in google_service_account.component : component => account.member }
}
