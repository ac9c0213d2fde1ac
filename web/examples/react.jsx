import { useEffect, useRef, useState } from "react";
import { createRoot } from "react-dom/client";
import "flvgate-player";

function Live({ url }) {
  const player = useRef(null);
  const [state, setState] = useState("");
  useEffect(() => {
    // All that <video> has, and besides: the state, the statistics, the engine.
    console.info(player.current.state, player.current.stats);
  }, []);
  return (
    <>
      <flv-player
        ref={player}
        src={url}
        autoplay
        muted
        controls
        onstatechange={({ detail }) => setState(detail.state)}
      />
      <p>{state}</p>
    </>
  );
}

createRoot(document.querySelector("#app")).render(<Live url="http://localhost:8080/live/livestream.flv" />);
