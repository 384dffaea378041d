module fortioreader

go 1.23.8

require fortio.org/fortio v1.69.5

require (
	fortio.org/log v1.17.2 // indirect
	fortio.org/sets v1.3.0 // indirect
	fortio.org/struct2env v0.4.2 // indirect
	fortio.org/version v1.0.4 // indirect
	github.com/kortschak/goroutine v1.1.2 // indirect
)
