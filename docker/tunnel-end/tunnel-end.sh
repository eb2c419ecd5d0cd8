# tunnel-end.sh ADDRESS/BITS RELAY PORT
# The TUN device is made once, so that its address and MTU outlive a socat that ends because the relay does not listen yet, or no
# longer. One IP packet is one datagram to the relay; its port is ours too.
set -eu
ip tuntap add dev leyden0 mode tun
ip address add "$1" dev leyden0
ip link set dev leyden0 mtu 1280 up
iperf3 --server --daemon
trap 'exit 0' TERM INT
while :; do
  # A unit of the relay's may hold forty packets, which come at once.
  socat TUN,tun-name=leyden0,iff-no-pi "UDP4:$2:$3,sourceport=$3,rcvbuf=4194304,sndbuf=4194304" 2>/dev/null &
  wait $! || true
  sleep 0.2 &
  wait $!
done
