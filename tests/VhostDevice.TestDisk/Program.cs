// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.InteropServices;
using VhostDevice.Linux;
using VhostDevice.TestDisk;
using VhostDevice.VhostUser.BackEnd;

if (DiskOptions.Parse(args) is not { } options)
{
    Console.Error.WriteLine(DiskOptions.Usage);
    return 2;
}

// One that was killed left its socket behind.
File.Delete(options.SocketPath);
using DiskFile file = new(options.File);
Errno errno = EventLoop.Create(out EventLoop? loop);
OwnedFd? listener = null;
if (errno.IsSuccess)
    errno = UnixSocket.Listen(options.SocketPath, out listener);
BackEndServer? server = null;
if (errno.IsSuccess)
    errno = BackEndServer.Listen(loop!, listener!, () => new DiskDevice(file, options), new LineLogger(), out server);
if (errno.IsError)
{
    Console.Error.WriteLine($"{options.SocketPath} cannot be served: {errno}");
    return 1;
}

using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
Console.Error.WriteLine($"listening on {options.SocketPath}");
errno = loop!.Run();
server!.Dispose();
loop.Dispose();
File.Delete(options.SocketPath);
return errno.IsError ? 1 : 0;

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    loop!.Stop();
}
