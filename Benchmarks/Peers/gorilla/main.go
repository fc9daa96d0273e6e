// A broadcast with gorilla/websocket: a hub, and a goroutine for each direction of each client. With a Redis port it is of
// what is published there.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"

	"github.com/gomodule/redigo/redis"
	"github.com/gorilla/websocket"
)

type client struct {
	connection *websocket.Conn
	send       chan *websocket.PreparedMessage
}

var (
	upgrader   = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	register   = make(chan *client)
	unregister = make(chan *client)
	broadcast  = make(chan []byte, 256)
)

func hub() {
	clients := map[*client]bool{}
	for {
		select {
		case one := <-register:
			clients[one] = true
		case one := <-unregister:
			if clients[one] {
				delete(clients, one)
				close(one.send)
			}
		case text := <-broadcast:
			message, _ := websocket.NewPreparedMessage(websocket.TextMessage, text)
			for one := range clients {
				one.send <- message
			}
		}
	}
}

func serve(response http.ResponseWriter, request *http.Request) {
	connection, err := upgrader.Upgrade(response, request, nil)
	if err != nil {
		return
	}
	one := &client{connection, make(chan *websocket.PreparedMessage, 256)}
	register <- one
	go func() {
		for message := range one.send {
			if connection.WritePreparedMessage(message) != nil {
				return
			}
		}
	}()
	for {
		_, text, err := connection.ReadMessage()
		if err != nil {
			unregister <- one
			return
		}
		broadcast <- text
	}
}

func subscribe(port string) {
	connection, err := redis.Dial("tcp", "127.0.0.1:"+port)
	if err != nil {
		panic(err)
	}
	channels := redis.PubSubConn{Conn: connection}
	if err := channels.Subscribe("bench"); err != nil {
		panic(err)
	}
	for {
		switch received := channels.Receive().(type) {
		case redis.Message:
			broadcast <- received.Data
		case error:
			panic(received)
		}
	}
}

func main() {
	// One core, as every server here has.
	runtime.GOMAXPROCS(1)
	go hub()
	if len(os.Args) > 2 {
		go subscribe(os.Args[2])
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		panic(err)
	}
	fmt.Println("listening on", listener.Addr())
	panic(http.Serve(listener, http.HandlerFunc(serve)))
}
