// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.ExceptionServices;
using VhostDevice.Linux;
using VhostDevice.VhostUser.BackEnd;
using VhostDevice.VhostUser.FrontEnd;
using VhostDevice.Virtio.Devices;

namespace VhostDevice.TestKit;

/// <summary>
/// The real server with a device, on a loop thread of its own, listening in a temporary folder. Tests are its
/// front-ends, in their own thread.
/// </summary>
public sealed class TestBackEnd<TDevice> : IDisposable
    where TDevice : VirtioDevice
{
    private readonly BackEndServer _server;
    private readonly DirectoryInfo _folder;
    private readonly List<TDevice> _devices = [];
    private readonly bool _ownsThread;
    private readonly LoopCrew? _crew;
    private ExceptionDispatchInfo? _failure;

    /// <param name="loops">How many serve the device's queues, as far as it asks for them; null: as <see cref="TestOptions.Loops"/> says.</param>
    /// <param name="shared">A loop that serves others too, and stays its owner's; null: one of its own.</param>
    public TestBackEnd(
        Func<TDevice> makeDevice,
        TimeSpan? stopPatience = null,
        TimeSpan pollTime = default,
        bool iommu = false,
        LoopThread? shared = null,
        int? loops = null,
        TimeSpan? messagePatience = null,
        TimeSpan? memoryPatience = null,
        TimeSpan? silencePatience = null)
    {
        _ownsThread = shared is null;
        _folder = Directory.CreateTempSubdirectory("vhost-");
        Path = System.IO.Path.Combine(_folder.FullName, "s");
        Thread = shared ?? new LoopThread(pollTime);
        int count = loops ?? TestOptions.Loops;
        if (count > 1)
        {
            _crew = Expect.Made(LoopCrew.Create(Thread.Loop, count - 1, out LoopCrew? crew), crew);
            _crew.Start(Run);
        }

        _server = Thread.Invoke(() =>
        {
            OwnedFd listener = Expect.Made(UnixSocket.Listen(Path, out OwnedFd? fd), fd);
            BackEndServer made = Expect.Made(BackEndServer.Listen(Thread.Loop, listener, Make, Log, out BackEndServer? server), server);
            made.Crew = _crew;
            return made;
        });
        _server.Log = Log;
        _server.OffersIommu = iommu;
        if (stopPatience is { } patience)
            _server.StopPatience = patience;
        if (memoryPatience is { } memoryWithin)
            _server.MemoryPatience = memoryWithin;
        if (silencePatience is { } silence)
            _server.SilencePatience = silence;
        if (messagePatience is { } wholeWithin)
            _server.MessagePatience = wholeWithin;

        VirtioDevice Make()
        {
            TDevice device = makeDevice();
            _devices.Add(device);
            return device;
        }
    }

    public LoopThread Thread { get; }

    public RecordingLogger Log { get; } = new();

    /// <summary>The listening socket.</summary>
    public string Path { get; }

    /// <summary>The device of the connection made last. Touch it on the loop's thread only.</summary>
    public TDevice Device => Thread.Invoke(() => _devices[^1]);

    /// <summary>All devices made so far, in order.</summary>
    public IReadOnlyList<TDevice> Devices => Thread.Invoke(() => _devices.ToArray());

    /// <summary>What happened on the socket.</summary>
    public SocketCounters Counters => _server.Counters;

    public int ConnectionCount => Thread.Invoke(() => _server.ConnectionCount);

    /// <summary>The page of state.</summary>
    public IReadOnlyList<string> DescribeState() => Thread.Invoke(_server.DescribeState);

    public FrontEndConnection Connect()
    {
        FrontEndConnection connection = FrontEndConnection.Connect(Path);
        connection.ReplyTimeout = LoopThread.Patience;
        return connection;
    }

    /// <summary>A whole front-end with its queues started.</summary>
    public FrontEndDevice Attach(FrontEndDeviceOptions? options = null) =>
        FrontEndDevice.Attach(Connect(), (options ?? TestOptions.Small) with { ReplyTimeout = LoopThread.Patience });

    /// <summary>A whole front-end up to where it would start its queues.</summary>
    public FrontEndDevice Negotiate(FrontEndDeviceOptions? options = null) =>
        FrontEndDevice.Negotiate(Connect(), (options ?? TestOptions.Small) with { ReplyTimeout = LoopThread.Patience });

    /// <summary>Runs an action on the loop, while others stand still, with the device of the connection made last.</summary>
    public void With(Action<TDevice> action) => With<object?>(device =>
    {
        action(device);
        return null;
    });

    /// <inheritdoc cref="With(Action{TDevice})"/>
    public T With<T>(Func<TDevice, T> function) => Thread.Invoke(() =>
    {
        using LoopCrew.Pause still = _crew?.StandStill() ?? default;
        return function(_devices[^1]);
    });

    /// <summary>Waits until the device of the connection made last is in some state.</summary>
    public void Until(Func<TDevice, bool> condition, string what) => Thread.Until(
        () =>
        {
            using LoopCrew.Pause still = _crew?.StandStill() ?? default;
            return condition(_devices[^1]);
        },
        what);

    public void WaitForConnections(int count) => Thread.Until(() => _server.ConnectionCount == count, $"{count} connections");

    /// <summary>
    /// The loop has dealt with everything that reached it before. An answered message does not tell that: up to 32 of
    /// them are read in one go before rings have their turn.
    /// </summary>
    public void Settle()
    {
        for (int i = 0; i < 3; i++)
        {
            Thread.Invoke(static () => { });
            for (int loop = 1; loop < _crew?.Count; loop++)
                Pass(_crew.At(loop));
        }
    }

    /// <summary>Lets go of devices and log lines of former connections, for tests that count memory.</summary>
    public void Forget()
    {
        Thread.Invoke(_devices.Clear);
        Log.Clear();
    }

    public void Dispose()
    {
        if (Thread.IsAlive)
            Thread.Invoke(_server.Dispose);
        if (_ownsThread)
            Thread.Dispose();
        _crew?.Dispose();
        _folder.Delete(recursive: true);
        _failure?.Throw();
    }

    private void Pass(EventLoop loop)
    {
        using ManualResetEventSlim passed = new();
        loop.Post(passed.Set);
        if (!passed.Wait(LoopThread.Patience))
            throw new TimeoutException("a loop of the crew did not get to it in time");
    }

    private void Run(EventLoop loop)
    {
        try
        {
            loop.Run().Ok();
        }
#pragma warning disable CA1031 // Every failure is carried over to the test's thread.
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }
    }
}
