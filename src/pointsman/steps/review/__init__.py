"""What people read and decide: status, history, holds, approvals."""
