// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Bench.CommandLine;
using VhostDevice.Bench.Limits;
using VhostDevice.Bench.Processes;
using VhostDevice.VhostUser.FrontEnd;

namespace VhostDevice.Bench;

internal static class Program
{
    private static int Main(string[] args)
    {
        try
        {
            Descriptors.KeepToUs();
            if (args is [Guard.Command])
            {
                Guard.Run();
                return 0;
            }

            if (args is [PingPong.ChildCommand, .. { Length: 4 or 5 } rest])
                PingPong.RunChild(rest);
            return Commands.Build().Parse(args).Invoke(new() { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (Exception problem) when (problem is BenchException or FrontEndException or RingException)
        {
            Console.Error.WriteLine($"vhost-device-bench: {problem.Message}");
            return 1;
        }
    }
}
