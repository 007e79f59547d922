Console.Error.WriteLine("vhost-device: no device yet");
