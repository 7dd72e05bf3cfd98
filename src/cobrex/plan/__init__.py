"""What a request needs: processes, inputs, reasons."""
