// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using System.Text;
using VhostDevice.Bench.Interop;

namespace VhostDevice.Bench.Processes;

/// <summary>
/// A child process that ends and deletes what this process leaves behind when it cannot do so itself: killed, or ended
/// by an exception. A pipe tells of it. The kernel's parent-death signal would have to be asked for between fork and
/// exec, a further program on the way whose time would count as the daemon's start.
/// </summary>
internal static unsafe class Guard
{
    /// <summary>The hidden command that the child runs.</summary>
    internal const string Command = "guard";

    // Never closed by us: its end is the message.
    private static readonly Lazy<int> s_pipe = new(Start);

    /// <summary>Before the first process is started; costs nothing later.</summary>
    internal static void Prepare() => _ = s_pipe.Value;

    /// <summary>The process is killed after us.</summary>
    internal static void Watch(int pid) => Tell('+', Number(pid));

    /// <summary>It has been waited for, and its number may be another's now.</summary>
    internal static void Release(int pid) => Tell('-', Number(pid));

    /// <summary>The file, or the folder with all in it, is deleted after us where it still exists.</summary>
    internal static void Watch(string path) => Tell('/', Path.GetFullPath(path));

    /// <summary>The child's side: until nobody can write to its input any more.</summary>
    internal static void Run()
    {
        // What is sent to the terminal's or the caller's group of processes is not for it.
        _ = Native.setsid();
        Priority.Lower();
        HashSet<int> pids = [];
        List<string> paths = [];
        while (Console.In.ReadLine() is { Length: > 1 } line)
        {
            string rest = line[1..];
            switch (line[0])
            {
                case '+':
                    pids.Add(int.Parse(rest, CultureInfo.InvariantCulture));
                    break;
                case '-':
                    pids.Remove(int.Parse(rest, CultureInfo.InvariantCulture));
                    break;
                default:
                    paths.Add(rest);
                    break;
            }
        }

        foreach (int pid in pids)
            _ = Native.kill(pid, Native.SIGKILL);
        foreach (string path in paths)
            Delete(path);
    }

    private static void Delete(string path)
    {
        try
        {
            if (Directory.Exists(path))
                Directory.Delete(path, recursive: true);
            else
                File.Delete(path);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            // Nobody is left to be told.
        }
    }

    private static int Start()
    {
        int* ends = stackalloc int[2];
        Native.Check(Native.pipe2(ends, Native.O_CLOEXEC), "pipe2");
        _ = ChildProcess.Spawn([Environment.ProcessPath!, Command], [], "/dev/null", ends[0], out _);
        _ = Native.close(ends[0]);
        return ends[1];
    }

    private static void Tell(char what, string of)
    {
        // Shorter than PIPE_BUF: never mixed with another thread's.
        byte[] line = Encoding.UTF8.GetBytes($"{what}{of}\n");
        fixed (byte* start = line)
            _ = Native.write(s_pipe.Value, start, (nuint)line.Length);
    }

    private static string Number(int n) => n.ToString(CultureInfo.InvariantCulture);
}
